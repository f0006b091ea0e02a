import { TorchError, ValueError } from '../errors.js';
import { sparseCoo } from '../layout.js';
import { operators } from '../operators.js';
import type { Tensor } from '../tensor.js';

/** Numbers by name. */
export type Numbers = Record<string, number>;

/** Called by `torch.lobpcg` at each step, with the state of the iteration. */
export type LobpcgTracker = (worker: LOBPCG) => void;

/** A product; without a first matrix, the second. */
function matmul(a: Tensor | null, b: Tensor): Tensor {
  if (a === null) return b;
  return a.layout === sparseCoo ? operators.torch.mm(a, b) : a.matmul(b);
}

/** SᵀAS. */
const quadratic = (a: Tensor | null, s: Tensor) => matmul(s.mT, matmul(a, s));

/** Eigenvalues, ascending or descending, and their eigenvectors. */
function eigenpairs(a: Tensor, largest: boolean): [values: Tensor, vectors: Tensor] {
  const [values, vectors] = operators.linalg.eigh(a, 'U');
  return largest ? [values.flip(-1), vectors.flip(-1)] : [values, vectors];
}

/** The columns from one to another. */
const narrow = (a: Tensor, from: number, to: number) => a.narrow(-1, from, to - from);

const norm = (a: Tensor) => a.norm();
const number = (a: Tensor) => Number(a.item());

/** The most steps of one orthogonalization, and what it counts as zero. */
interface Orthogonalization {
  orthoIMax: number;
  orthoJMax: number;
  orthoTol: number;
  orthoTolDrop: number;
  orthoTolReplace: number;
}

/**
 * The state of `torch.lobpcg`, which its `tracker` sees. `iparams`, `fparams` and `bparams` hold
 * what it was given, `ivars`, `fvars`, `bvars` and `tvars` integers, numbers, booleans and tensors
 * of the iteration, among them `ivars.istep`, `ivars.convergedCount` and `tvars.rerr`;
 * `bvars.forceStop = true` ends it.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.lobpcg.html
 */
export class LOBPCG {
  /** The eigenvalues of now. */
  E: Tensor;
  /** The residual `A X - B X E`. */
  R: Tensor;
  /** The basis that is searched: X, the last directions and the new ones. */
  S: Tensor;
  readonly tvars: Record<string, Tensor> = {};
  readonly ivars: Numbers = { istep: 0 };
  readonly fvars: Numbers = {};
  readonly bvars: Record<string, boolean> = {};

  /** @internal */
  constructor(
    /** The matrix. */
    readonly A: Tensor,
    /** That of the generalized problem; null is the identity. */
    readonly B: Tensor | null,
    /** The eigenvectors of now. */
    public X: Tensor,
    /** The preconditioner. */
    readonly iK: Tensor | null,
    readonly iparams: Numbers,
    readonly fparams: Numbers,
    readonly bparams: Record<string, boolean>,
    readonly method: string,
    readonly tracker: LobpcgTracker | null,
  ) {
    const { m, n } = iparams as { m: number; n: number };
    this.E = X.newZeros([n]);
    this.R = X.newZeros([m, n]);
    this.S = X.newZeros([m, 3 * n]);
  }

  private get n(): number {
    return this.iparams.n as number;
  }

  private get count(): number {
    return this.ivars.convergedCount as number;
  }

  private get largest(): boolean {
    return this.bparams.largest === true;
  }

  /** @internal */
  run(): void {
    do {
      this.update();
      this.tracker?.(this);
    } while (!this.isDone());
  }

  private isDone(): boolean {
    return (
      this.bvars.forceStop === true ||
      this.ivars.iterationsLeft === 0 ||
      this.count >= (this.iparams.k as number)
    );
  }

  private update(): void {
    const { A, B, X, ivars, fvars } = this;
    if (ivars.istep === 0) {
      const scale = 1 / number(norm(X));
      fvars.XNorm = number(norm(X));
      fvars.ANorm = number(norm(matmul(A, X))) * scale;
      fvars.BNorm = number(norm(matmul(B, X))) * scale;
      ivars.iterationsLeft = this.iparams.niter as number;
      ivars.convergedCount = 0;
      ivars.convergedEnd = 0;
    }
    if (this.method === 'ortho') this.updateOrtho();
    else this.updateBasic();
    ivars.iterationsLeft = (ivars.iterationsLeft as number) - 1;
    ivars.istep = (ivars.istep as number) + 1;
  }

  private updateResidual(): void {
    const { A, B, X, E } = this;
    this.R = matmul(A, X).sub(matmul(B, X).mul(E));
  }

  /** Counts the pairs that have converged, up to the first that has not: they stay in order. */
  private updateConvergedCount(): number {
    const { E, X, R } = this;
    const { ANorm, BNorm } = this.fvars as { ANorm: number; BNorm: number };
    const magnitudes = narrow(E, 0, X.size(-1)).abs().mul(BNorm).add(ANorm);
    const errors = R.norm(2, [0]).div(X.norm(2, [0]).mul(magnitudes));
    const converged = errors.lt(this.fparams.tol as number).tolist() as boolean[];
    const first = converged.indexOf(false);
    const count = first < 0 ? converged.length : first;
    if (count < this.count) {
      throw new TorchError(
        `lobpcg(): the number of converged eigenpairs (was ${this.count}, got ${count}) cannot decrease`,
      );
    }
    this.ivars.convergedCount = count;
    this.tvars.rerr = errors;
    return count;
  }

  /** Makes X, the last directions and new ones the basis of the next step. */
  private extend(directions: Tensor | null, newOnes: (count: number) => Tensor): void {
    this.updateResidual();
    const converged = this.updateConvergedCount();
    const { n, S } = this;
    narrow(S, 0, n).copy_(this.X);
    let end = n + (directions?.size(-1) ?? 0);
    if (directions) narrow(S, n, end).copy_(directions);
    const added = newOnes(converged);
    narrow(S, end, end + added.size(-1)).copy_(added);
    end += added.size(-1);
    this.ivars.convergedEnd = end;
  }

  private updateBasic(): void {
    const { n, E, X, A, largest } = this;
    const precondition = (count: number) => matmul(this.iK, narrow(this.R, count, n));
    if (this.ivars.istep === 0) {
      const ritz = this.rayleighRitz(X);
      const [values, vectors] = eigenpairs(quadratic(quadratic(A, X), ritz), largest);
      X.copy_(X.matmul(ritz.matmul(vectors)));
      E.copy_(values);
      this.extend(null, () => precondition(0));
      return;
    }
    const { count } = this;
    const basis = narrow(this.S, count, this.ivars.convergedEnd as number);
    const ritz = this.rayleighRitz(basis);
    const [values, vectors] = eigenpairs(quadratic(quadratic(A, basis), ritz), largest);
    const width = vectors.size(-1);
    const combine = (from: number, to: number) =>
      basis.matmul(ritz.matmul(narrow(vectors, Math.min(from, width), Math.min(to, width))));
    narrow(X, count, n).copy_(combine(0, n - count));
    narrow(E, count, n).copy_(narrow(values, 0, n - count));
    this.extend(combine(n, 2 * n - count), precondition);
  }

  private updateOrtho(): void {
    const { n, E, A, largest } = this;
    if (this.ivars.istep === 0) {
      const ritz = this.rayleighRitz(this.X);
      const [, vectors] = eigenpairs(quadratic(quadratic(A, this.X), ritz), largest);
      this.X = this.X.matmul(ritz.matmul(vectors));
      this.extend(null, () => this.orthogonalized(this.R, this.X));
      return;
    }
    const { count, X, S } = this;
    const free = n - count;
    const basis = narrow(S, count, this.ivars.convergedEnd as number);
    const [values, vectors] = eigenpairs(quadratic(A, basis), largest);
    narrow(X, count, n).copy_(basis.matmul(narrow(vectors, 0, free)));
    narrow(E, count, n).copy_(narrow(values, 0, free));
    const rest = narrow(vectors, free, vectors.size(-1));
    const span = operators.linalg.qr(rest.narrow(0, 0, free).mT)[0];
    const directions = basis.matmul(rest.matmul(span));
    const known = n + directions.size(-1);
    this.extend(directions, (converged) =>
      this.orthogonalized(narrow(this.R, converged, n), narrow(S, 0, known)),
    );
  }

  /**
   * What turns the generalized problem `SᵀAS C = SᵀBS C E` into `(Riᵀ SᵀAS Ri) Z = Z E` with
   * `C = Ri Z`: an upper triangular matrix.
   */
  private rayleighRitz(s: Tensor): Tensor {
    const { linalg } = operators;
    const product = quadratic(this.B, s);
    const row = product.diagonal(0, -2, -1).pow(-0.5);
    const factor = linalg.cholesky(product.mul(row).mul(row.unsqueeze(1)), { upper: true });
    return linalg.solveTriangular(factor, row.diagEmbed(), { upper: true, left: false });
  }

  /** B-orthonormal columns; with `drop`, without those that add little to the space. */
  private orthonormal(given: Tensor, drop: boolean, tolerance: number): Tensor {
    const { torch } = operators;
    let u = given;
    if (u.numel() === 0) return u;
    let product = quadratic(this.B, u);
    let squares = product.diagonal(0, -2, -1);
    // Columns of zeros have no direction.
    const present = squares.abs().ne(0).nonzero().squeeze(1);
    if (present.size(0) < squares.size(0)) {
      u = u.indexSelect(1, present);
      if (u.numel() === 0) return u;
      product = quadratic(this.B, u);
      squares = product.diagonal(0, -2, -1);
    }
    const scale = squares.pow(-0.5).unsqueeze(1);
    let [values, vectors] = eigenpairs(product.mul(scale).mul(scale.mT), false);
    const least = values.abs().max().mul(tolerance);
    if (drop) {
      const keep = values.gt(least).nonzero().squeeze(1);
      values = values.indexSelect(0, keep);
      vectors = vectors.indexSelect(1, keep);
    } else values = torch.where(values.lt(least), least, values);
    return u.mul(scale.mT).matmul(vectors.mul(values.pow(-0.5)));
  }

  /** B-orthonormal columns that are B-orthogonal to `v`; none where all lie in its space. */
  private orthogonalized(given: Tensor, v: Tensor): Tensor {
    const { B, fvars, ivars } = this;
    const limits = { ...this.fparams, ...this.iparams } as unknown as Orthogonalization;
    for (const key of Object.keys(fvars)) if (/^ortho.*Rerr/.test(key)) delete fvars[key];
    const imageNorm = norm(matmul(B, v));
    let u = given;
    let product = v.mT.matmul(matmul(B, u));
    const finish = (i: number, j: number) => {
      ivars.orthoI = i;
      ivars.orthoJ = j;
      return u;
    };
    let [i, j] = [0, 0];
    for (; i < limits.orthoIMax; i++) {
      u = u.sub(v.matmul(product));
      let drop = false;
      let tolerance = this.bparams.orthoUseDrop ? limits.orthoTolDrop : limits.orthoTolReplace;
      let image = u;
      for (j = 0; j < limits.orthoJMax; j++) {
        u = this.orthonormal(u, drop, tolerance);
        drop = this.bparams.orthoUseDrop === true;
        tolerance = limits.orthoTolReplace;
        if (u.numel() === 0) return finish(i, j);
        image = matmul(B, u);
        const gram = u.mT.matmul(image);
        const { dtype, device } = gram;
        const size = gram.size(-1);
        const rest = norm(gram.sub(operators.torch.eye(size, { dtype, device })));
        const error = number(rest) / number(norm(image).mul(norm(u)));
        fvars[`orthoUBUmIRerr[${i}, ${j}]`] = error;
        if (error < limits.orthoTol) break;
      }
      product = v.mT.matmul(image);
      const error = number(norm(product)) / number(imageNorm.mul(norm(u)));
      fvars[`orthoVBURerr[${i}]`] = error;
      if (error < limits.orthoTol) break;
      const rows = this.iparams.m as number;
      if (rows < u.size(-1) + v.size(-1)) {
        throw new ValueError(
          `lobpcg(): ${u.size(-1)} new directions and ${v.size(-1)} old ones are more than the ${rows} rows of A`,
        );
      }
    }
    return finish(Math.min(i, limits.orthoIMax - 1), Math.min(j, limits.orthoJMax - 1));
  }
}

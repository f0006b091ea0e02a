import { AutogradFunction, type FunctionCtx } from '../autograd/function.js';
import { type DType, float32, float64 } from '../dtype.js';
import { ValueError } from '../errors.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import { symmetricGradient } from './backward.js';
import { LOBPCG, type LobpcgTracker, type Numbers } from './worker.js';

/** What {@link lobpcg} takes after the matrix. */
export interface LobpcgOptions {
  /** How many pairs to find. Default: null, the columns of `X`, or 1. */
  k?: number | null;
  /** The matrix of the generalized problem, `(*, m, m)`. Default: null, the identity. */
  B?: Tensor | null;
  /** A first guess of the eigenvectors, `(*, m, n)` with `k <= n <= m`. Default: null, random. */
  X?: Tensor | null;
  /** How many columns the random guess has. Default: null, `k`. */
  n?: number | null;
  /** A preconditioner, `(*, m, m)`. Default: null, none. */
  iK?: Tensor | null;
  /** The most steps; -1 for no limit. Default: null, 1000. */
  niter?: number | null;
  /** What residual counts as zero. Default: null, the square root of the dtype's precision. */
  tol?: number | null;
  /** Whether to find the largest pairs rather than the smallest. Default: null, true. */
  largest?: boolean | null;
  /** `'ortho'`, or `'basic'`, whose steps are faster and fail more often. Default: null, `'ortho'`. */
  method?: 'ortho' | 'basic' | null;
  /** Called at each step with its state. Default: null. */
  tracker?: LobpcgTracker | null;
  /** `orthoIMax` and `orthoJMax`, the most rounds of an orthogonalization. Default: null, 3. */
  orthoIparams?: { orthoIMax?: number; orthoJMax?: number } | null;
  /** Its tolerances. Default: null, `tol`. */
  orthoFparams?: { orthoTol?: number; orthoTolDrop?: number; orthoTolReplace?: number } | null;
  /** Whether to drop directions that add little. Default: null, false. */
  orthoBparams?: { orthoUseDrop?: boolean } | null;
}

interface LobpcgArguments extends Required<LobpcgOptions> {
  A: Tensor;
}

const signature = new Signature<LobpcgArguments>('torch.lobpcg', {
  A: required,
  k: null,
  B: null,
  X: null,
  n: null,
  iK: null,
  niter: null,
  tol: null,
  largest: null,
  method: null,
  tracker: null,
  orthoIparams: null,
  orthoFparams: null,
  orthoBparams: null,
});

/** Eigenvalues, `(*, k)`, and eigenvectors, `(*, m, k)`. */
type Eigenpairs = [E: Tensor, X: Tensor];

function defaultTolerance({ dtype }: Tensor): number {
  const precisions = new Map<DType, number>([
    [float32, 1.2e-7],
    [float64, 2.23e-16],
  ]);
  const precision = precisions.get(dtype);
  if (precision === undefined) {
    throw new TypeError(
      `torch.lobpcg: A must be of float32 or float64, or tol given; got ${dtype}`,
    );
  }
  return precision ** 0.5;
}

function solve(given: LobpcgArguments): Eigenpairs {
  const { A, B, X, iK, tracker } = given;
  const shape = A.shape;
  const [rows, m] = shape.slice(-2) as [number, number];
  if (shape.length < 2 || rows !== m) {
    throw new ValueError(`torch.lobpcg: A must be square, got the shape [${shape}]`);
  }
  if (B && String(B.shape) !== String(shape)) {
    throw new ValueError(
      `torch.lobpcg: A and B must have the same shape, got [${shape}] and [${B.shape}]`,
    );
  }
  const tol = given.tol ?? defaultTolerance(A);
  const k = given.k ?? X?.size(-1) ?? 1;
  const n = X?.size(-1) ?? given.n ?? k;
  if (m < 3 * n) {
    throw new ValueError(
      `LOBPCG algorithm is not applicable when the number of A rows (=${m}) is smaller than 3 x the number of requested eigenpairs (=${n})`,
    );
  }
  const method = given.method ?? 'ortho';
  const iparams: Numbers = { m, n, k, niter: given.niter ?? 1000 };
  const fparams: Numbers = { tol };
  const bparams: Record<string, boolean> = { largest: given.largest ?? true };
  if (method === 'ortho') {
    Object.assign(iparams, { orthoIMax: 3, orthoJMax: 3, ...given.orthoIparams });
    const tolerances = { orthoTol: tol, orthoTolDrop: tol, orthoTolReplace: tol };
    Object.assign(fparams, { ...tolerances, ...given.orthoFparams });
    Object.assign(bparams, { orthoUseDrop: false, ...given.orthoBparams });
  }
  const { dtype, device } = A;
  const run = (a: Tensor, b: Tensor | null, x: Tensor | null, index?: number): Eigenpairs => {
    const guess = x ?? operators.torch.randn([m, n], { dtype, device });
    if (String(guess.shape) !== String([m, n])) {
      throw new ValueError(`torch.lobpcg: X must have the shape [${[m, n]}], got [${guess.shape}]`);
    }
    if (index !== undefined) iparams.batchIndex = index;
    const worker = new LOBPCG(a, b, guess, iK, iparams, fparams, bparams, method, tracker);
    worker.run();
    return [worker.E.narrow(0, 0, k), worker.X.narrow(1, 0, k)];
  };
  if (shape.length === 2) return run(A, B, X);
  const batch = shape.slice(0, -2);
  const flat = (matrices: Tensor) => matrices.reshape([-1, ...matrices.shape.slice(-2)]);
  const [flatA, flatB, flatX] = [flat(A), B && flat(B), X && flat(X)];
  const pairs = Array.from({ length: flatA.size(0) }, (_, i) =>
    run(flatA.select(0, i), flatB?.select(0, i) ?? null, flatX?.select(0, i) ?? null, i),
  );
  const { stack } = operators.torch;
  return [
    stack(pairs.map(([values]) => values)).reshape([...batch, k]),
    stack(pairs.map(([, vectors]) => vectors)).reshape([...batch, m, k]),
  ];
}

class LOBPCGAutogradFunction extends AutogradFunction {
  static forward(
    ctx: FunctionCtx,
    A: Tensor,
    B: Tensor | null,
    rest: Omit<LobpcgArguments, 'A' | 'B'>,
  ): Eigenpairs {
    const dense = (matrix: Tensor) => (matrix.isSparse ? matrix : matrix.contiguous());
    const [a, b] = [dense(A), B && dense(B)];
    const [values, vectors] = solve({ A: a, B: b, ...rest });
    ctx.saveForBackward(a, b, values, vectors);
    ctx.largest = rest.largest ?? true;
    return [values, vectors];
  }

  static backward(ctx: FunctionCtx, gradValues: Tensor, gradVectors: Tensor): unknown[] {
    const [A, B, D, U] = ctx.savedTensors as [Tensor, Tensor | null, Tensor, Tensor];
    const refused = [
      A.isSparse || B?.isSparse ? 'of sparse matrices' : '',
      A.dtype.isComplex || B?.dtype.isComplex ? 'of complex matrices' : '',
      B ? 'with a matrix B' : '',
    ].find((what) => what !== '');
    if (refused) throw new ValueError(`torch.lobpcg has no gradient ${refused}, as in PyTorch`);
    const pairs = { A, D, U, largest: ctx.largest as boolean };
    return [symmetricGradient(pairs, gradValues, gradVectors), null, null];
  }
}

/**
 * Some of the largest or smallest eigenvalues and eigenvectors of a symmetric positive definite
 * problem `A X = B X E`, by iteration with products of A alone: the locally optimal block
 * preconditioned conjugate gradient method.
 *
 * Where a gradient is wanted, A is made symmetric first, so that its gradient is too.
 *
 * @param A A symmetric matrix, `(*, m, m)`, float32 or float64; a single one may be sparse.
 *
 * Further arguments, by position or by name: {@link LobpcgOptions}.
 *
 * @returns The eigenvalues, `(*, k)`, and the eigenvectors, `(*, m, k)`.
 * @throws ValueError where m is below three times n, and for shapes that do not go together. The
 * backward pass throws for sparse and complex matrices, and where B is given.
 *
 * @example
 * ```ts
 * const A = torch.diag(torch.arange(1, 13).double());
 * const [values, vectors] = torch.lobpcg(A, 2);
 * values.round({ decimals: 4 }).tolist(); // [12, 11]
 * vectors.shape; // [12, 2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.lobpcg.html
 */
export function lobpcg(
  ...args: Call<
    [A: Tensor],
    [
      k: number | null,
      B: Tensor | null,
      X: Tensor | null,
      n: number | null,
      iK: Tensor | null,
      niter: number | null,
      tol: number | null,
      largest: boolean | null,
      method: 'ortho' | 'basic' | null,
      tracker: LobpcgTracker | null,
      orthoIparams: LobpcgOptions['orthoIparams'],
      orthoFparams: LobpcgOptions['orthoFparams'],
      orthoBparams: LobpcgOptions['orthoBparams'],
    ],
    LobpcgOptions
  >
): Eigenpairs {
  const given = signature.bind(args);
  const { A, B, ...rest } = given;
  if (!A.requiresGrad && !B?.requiresGrad) return solve(given);
  const symmetric = (matrix: Tensor) => matrix.add(matrix.mT).div(2);
  return LOBPCGAutogradFunction.apply(symmetric(A), B && symmetric(B), rest) as Eigenpairs;
}

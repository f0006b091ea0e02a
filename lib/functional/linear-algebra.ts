import { TorchError, ValueError } from '../errors.js';
import { operators } from '../operators.js';
import { type Call, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';

/** The arguments of {@link lu}. */
export interface LuArguments {
  A: Tensor;
  pivot: boolean;
  getInfos: boolean;
  out: readonly Tensor[] | null;
}

const luSignature = new Signature<LuArguments>('lu()', {
  A: required,
  pivot: true,
  getInfos: false,
  out: null,
});

/**
 * The LU factorization of matrices in its packed form. PyTorch has deprecated it:
 * `torch.linalg.luFactor` takes its place.
 *
 * @param A `(*, m, n)`.
 * @param pivot Whether rows are exchanged; without, on CUDA only. Default: true.
 * @param getInfos Whether to give an int tensor that says which factorizations failed, instead of
 * throwing. Default: false.
 * @param out Where to write the results. Default: new tensors.
 * @returns The factors `(*, m, n)`, the pivots `(*, min(m, n))`, and the infos if they are wanted.
 *
 * @example
 * ```ts
 * const [factors, pivots] = torch.lu(torch.randn(2, 3, 3));
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.lu.html
 */
export function lu(
  ...args: Call<
    [A: Tensor],
    [pivot: boolean, getInfos: boolean, out: readonly Tensor[] | null],
    Partial<Omit<LuArguments, 'A'>>
  >
): Tensor[] {
  const { A, pivot, getInfos, out } = luSignature.bind(args);
  const all: Tensor[] = operators.torch._luWithInfo(A, pivot, !getInfos);
  const results = getInfos ? all : all.slice(0, 2);
  if (!out) return results;
  if (out.length !== results.length) {
    throw new TypeError(`lu(): out must hold ${results.length} tensors, got ${out.length}`);
  }
  for (const [i, result] of results.entries()) out[i]?.resizeAs_(result).copy_(result);
  return [...out];
}

/** The arguments of {@link svdLowrank}. */
export interface SvdLowrankArguments {
  A: Tensor;
  q: number | null;
  niter: number | null;
  M: Tensor | null;
}

const svdSignature = new Signature<SvdLowrankArguments>('svdLowrank()', {
  A: required,
  q: 6,
  niter: 2,
  M: null,
});

const product = (a: Tensor, b: Tensor) => (a.isSparse ? operators.sparse.mm(a, b) : a.matmul(b));

/** A basis of `q` vectors that nearly spans the range of `A - M`; random ones start it. */
function approximateBasis(A: Tensor, q: number, niter: number, M?: Tensor): Tensor {
  const apply = (a: Tensor, m: Tensor | undefined, x: Tensor) =>
    m ? product(a, x).sub(product(m, x)) : product(a, x);
  const orthonormal = (x: Tensor) => operators.linalg.qr(x)[0];
  const { dtype, device } = A;
  const start = operators.torch.randn([A.size(-1), q], { dtype, device });
  let Q = orthonormal(apply(A, M, start));
  for (let i = 0; i < niter; i++) {
    Q = orthonormal(apply(A.mH, M?.mH, Q));
    Q = orthonormal(apply(A, M, Q));
  }
  return Q;
}

/**
 * The singular value decomposition of a matrix that is nearly of low rank, by a random projection:
 * `U S V^H` approximates `A - M`. It draws from the generator.
 *
 * @param A `(*, m, n)`.
 * @param q A little more than the rank. Default: 6.
 * @param niter How many iterations refine the projection. Default: 2.
 * @param M What to subtract, of a shape that broadcasts to that of `A`. Default: nothing.
 * @returns `U` `(*, m, q)`, `S` `(*, q)` and `V` `(*, n, q)`.
 *
 * @example
 * ```ts
 * const [U, S, V] = torch.svdLowrank(torch.randn(100, 20), { q: 4 });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.svd_lowrank.html
 */
export function svdLowrank(
  ...args: Call<
    [A: Tensor],
    [q: number | null, niter: number | null, M: Tensor | null],
    Partial<Omit<SvdLowrankArguments, 'A'>>
  >
): [U: Tensor, S: Tensor, V: Tensor] {
  const bound = svdSignature.bind(args);
  const { A, q, niter } = bound;
  const M = bound.M?.broadcastTo(A.shape);
  if (A.dim() < 2) throw new TorchError('svdLowrank(): A must have at least two dimensions');
  const isWide = A.size(-2) < A.size(-1);
  const [a, m] = isWide ? [A.mH, M?.mH] : [A, M];
  const Q = approximateBasis(a, q ?? 6, niter ?? 2, m);
  const projected = product(Q.mH, a);
  const B = m ? projected.sub(product(Q.mH, m)) : projected;
  const [left, S, right] = operators.linalg.svd(B, false);
  const [U, V] = [Q.matmul(left), right.mH];
  return isWide ? [V, S, U] : [U, S, V];
}

/** The arguments of {@link pcaLowrank}. */
export interface PcaLowrankArguments {
  A: Tensor;
  q: number | null;
  center: boolean;
  niter: number;
}

const pcaSignature = new Signature<PcaLowrankArguments>('pcaLowrank()', {
  A: required,
  q: null,
  center: true,
  niter: 2,
});

/**
 * The principal components of the rows of a matrix, by {@link svdLowrank}: the columns of `V` are
 * the directions, and `A.matmul(V)` are the coordinates.
 *
 * @param A `(*, m, n)`, strided.
 * @param q How many components. Default: the least of 6, m and n.
 * @param center Whether to subtract the mean of each column first. Default: true.
 * @param niter How many iterations refine the projection. Default: 2.
 * @returns `U` `(*, m, q)`, `S` `(*, q)` and `V` `(*, n, q)`.
 * @throws ValueError where `q` or `niter` is out of range.
 *
 * @example
 * ```ts
 * const [, , directions] = torch.pcaLowrank(torch.randn(100, 20), { q: 2 });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.pca_lowrank.html
 */
export function pcaLowrank(
  ...args: Call<
    [A: Tensor],
    [q: number | null, center: boolean, niter: number],
    Partial<Omit<PcaLowrankArguments, 'A'>>
  >
): [U: Tensor, S: Tensor, V: Tensor] {
  const { A, q, center, niter } = pcaSignature.bind(args);
  const least = Math.min(A.size(-2), A.size(-1));
  if (q !== null && (q < 0 || q > least)) {
    throw new ValueError(`pcaLowrank(): q must lie between 0 and ${least}, got ${q}`);
  }
  if (niter < 0) throw new ValueError(`pcaLowrank(): niter must not be negative, got ${niter}`);
  const centered = center ? A.sub(A.mean([-2], true)) : A;
  return svdLowrank(centered, q ?? Math.min(6, least), niter);
}

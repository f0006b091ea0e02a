import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { checkTensor } from '../modules/utils.js';
import { alias } from './alias.js';

/**
 * The distance between vectors: the p-norm of their difference; {@link nn.PairwiseDistance} as a
 * function.
 *
 * @param x1 `(N, D)` or `(D)`.
 * @param x2 The same shape, or one that broadcasts.
 * @param p The p of the norm. Default: 2.
 * @param eps What is added to each difference. Default: 1e-6.
 * @param keepdim Whether the last dimension stays, with the size 1. Default: false.
 *
 * @example
 * ```ts
 * nn.functional.pairwiseDistance(torch.tensor([[0, 0]]), torch.tensor([[3, 4]])); // tensor([5.0000])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.pairwise_distance.html
 */
export const pairwiseDistance = alias(() => operators.torch.pairwiseDistance);

/**
 * The cosine of the angle between vectors; {@link nn.CosineSimilarity} as a function.
 *
 * @param x1 `(*, D, *)`, with D at `dim`.
 * @param x2 The same shape, or one that broadcasts.
 * @param dim The dimension that holds the vectors. Default: 1.
 * @param eps The least that a norm counts for. Default: 1e-8.
 *
 * @example
 * ```ts
 * nn.functional.cosineSimilarity(torch.tensor([[1, 0]]), torch.tensor([[1, 1]])); // tensor([0.7071])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.cosine_similarity.html
 */
export const cosineSimilarity = alias(() => operators.torch.cosineSimilarity);

/**
 * The distance of each pair of rows: that of the first from the second, from the third, ..., of the
 * second from the third, ...
 *
 * @param input `(N, M)`.
 * @param p The p of the norm; 0 counts what differs. Default: 2.
 *
 * The result is `(N * (N - 1) / 2)`.
 *
 * @example
 * ```ts
 * nn.functional.pdist(torch.tensor([[0, 0], [3, 4], [0, 4]])); // tensor([5., 4., 3.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.pdist.html
 */
export const pdist = alias(() => operators.torch.pdist);

/** What {@link normalize} takes after its input. */
export interface NormalizeOptions {
  /** The p of the norm. Default: 2. */
  p?: number;
  /** The dimension, or dimensions, that hold the vectors. Default: 1. */
  dim?: number | readonly number[];
  /** The least that a norm counts for. Default: 1e-12. */
  eps?: number;
  /** Where to write the result; no gradient then. Default: null. */
  out?: Tensor | null;
}

const normalizeSignature = new Signature<Required<NormalizeOptions> & { input: Tensor }>(
  'nn.functional.normalize',
  { input: required, p: 2, dim: 1, eps: 1e-12, out: null },
);

/**
 * Divides vectors by their p-norm, so that it becomes 1.
 *
 * @param input Any shape; the output has the same.
 *
 * Further arguments, by position or by name: {@link NormalizeOptions}.
 *
 * @example
 * ```ts
 * nn.functional.normalize(torch.tensor([[3, 4]])); // tensor([[0.6000, 0.8000]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.normalize.html
 */
export function normalize(
  ...args: Call<
    [input: Tensor],
    [p: number, dim: number | readonly number[], eps: number, out: Tensor | null],
    NormalizeOptions
  >
): Tensor {
  const { input, p, dim, eps, out } = normalizeSignature.bind(args);
  checkTensor(normalizeSignature.where, 'input', input);
  const norm = input.norm(p, dim, { keepdim: true }).clampMin(eps).expandAs(input);
  return out === null ? input.div(norm) : operators.torch.div(input, norm, { out });
}

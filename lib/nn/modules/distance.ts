import { operators } from '../../operators.js';
import { type Call, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { Module } from './module.js';

/** What {@link PairwiseDistance} takes. */
export interface PairwiseDistanceOptions {
  /** The p of the norm. Default: 2. */
  p?: number;
  /** What is added to each difference, so that no derivative is infinite. Default: 1e-6. */
  eps?: number;
  /** Whether the last dimension stays, with the size 1. Default: false. */
  keepdim?: boolean;
}

const pairwiseDistance = new Signature<Required<PairwiseDistanceOptions>>('nn.PairwiseDistance', {
  p: 2,
  eps: 1e-6,
  keepdim: false,
});

/**
 * The distance between vectors: the p-norm of their difference.
 *
 * Arguments, by position or by name: {@link PairwiseDistanceOptions}.
 *
 * Shape: `(N, D)` or `(D)` twice, to `(N)` or `()`, or with `keepdim` `(N, 1)` or `(1)`.
 *
 * @example
 * ```ts
 * const distance = new nn.PairwiseDistance();
 * distance(torch.tensor([[0, 0]]), torch.tensor([[3, 4]])); // tensor([5.0000])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.PairwiseDistance.html
 */
export class PairwiseDistance extends Module {
  norm: number;
  eps: number;
  keepdim: boolean;

  constructor(
    ...args: Call<[], [p: number, eps: number, keepdim: boolean], PairwiseDistanceOptions>
  ) {
    super();
    const { p, eps, keepdim } = pairwiseDistance.bind(args);
    this.norm = p;
    this.eps = eps;
    this.keepdim = keepdim;
  }

  override forward(x1: Tensor, x2: Tensor): Tensor {
    return operators.torch.pairwiseDistance(x1, x2, this.norm, this.eps, this.keepdim);
  }
}

/** What {@link CosineSimilarity} takes. */
export interface CosineSimilarityOptions {
  /** The dimension that holds the vectors. Default: 1. */
  dim?: number;
  /** The least that a norm counts for, so that nothing is divided by 0. Default: 1e-8. */
  eps?: number;
}

const cosineSimilarity = new Signature<Required<CosineSimilarityOptions>>('nn.CosineSimilarity', {
  dim: 1,
  eps: 1e-8,
});

/**
 * The cosine of the angle between vectors.
 *
 * Arguments, by position or by name: {@link CosineSimilarityOptions}.
 *
 * Shape: `(*, D, *)` twice, with D at `dim`, to `(*, *)`; the shapes may broadcast.
 *
 * @example
 * ```ts
 * const similarity = new nn.CosineSimilarity();
 * similarity(torch.tensor([[1, 0]]), torch.tensor([[1, 1]])); // tensor([0.7071])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.CosineSimilarity.html
 */
export class CosineSimilarity extends Module {
  dim: number;
  eps: number;

  constructor(...args: Call<[], [dim: number, eps: number], CosineSimilarityOptions>) {
    super();
    const { dim, eps } = cosineSimilarity.bind(args);
    this.dim = dim;
    this.eps = eps;
  }

  override forward(x1: Tensor, x2: Tensor): Tensor {
    return operators.torch.cosineSimilarity(x1, x2, this.dim, this.eps);
  }
}

import { describe } from '../../describe.js';
import { type Call, required, Signature } from '../../options.js';
import { repr } from '../../python-repr.js';
import type { Tensor } from '../../tensor.js';
import { Module } from './module.js';

/** What {@link Flatten} takes. */
export interface FlattenOptions {
  /** The first dimension to flatten. Default: 1. */
  startDim?: number;
  /** The last dimension to flatten. Default: -1. */
  endDim?: number;
}

const flatten = new Signature<Required<FlattenOptions>>('nn.Flatten', { startDim: 1, endDim: -1 });

/**
 * Makes one dimension of several, by default all but the batch.
 *
 * @param startDim The first dimension to flatten. Default: 1.
 * @param endDim The last dimension to flatten. Default: -1.
 *
 * Shape: `(*, S1, ..., Sn, *)` to `(*, S1 * ... * Sn, *)`.
 *
 * @example
 * ```ts
 * const layer = new nn.Flatten();
 * layer(torch.randn(32, 1, 5, 5)).shape; // [32, 25]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Flatten.html
 */
export class Flatten extends Module {
  startDim: number;
  endDim: number;

  constructor(...args: Call<[], [startDim: number, endDim: number], FlattenOptions>) {
    super();
    const { startDim, endDim } = flatten.bind(args);
    this.startDim = startDim;
    this.endDim = endDim;
  }

  override forward(input: Tensor): Tensor {
    return input.flatten(this.startDim, this.endDim);
  }

  override extraRepr(): string {
    return `start_dim=${this.startDim}, end_dim=${this.endDim}`;
  }
}

const unflatten = new Signature<{ dim: number; unflattenedSize: readonly number[] }>(
  'nn.Unflatten',
  { dim: required, unflattenedSize: required },
);

/**
 * Makes several dimensions of one.
 *
 * @param dim The dimension to cut up.
 * @param unflattenedSize The sizes of the dimensions that take its place.
 *
 * Shape: `(*, S1 * ... * Sn, *)` to `(*, S1, ..., Sn, *)`.
 *
 * @example
 * ```ts
 * const layer = new nn.Unflatten(1, [2, 5, 5]);
 * layer(torch.randn(2, 50)).shape; // [2, 2, 5, 5]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Unflatten.html
 */
export class Unflatten extends Module {
  dim: number;
  unflattenedSize: readonly number[];

  constructor(...args: [dim: number, unflattenedSize: readonly number[]]) {
    super();
    const { dim, unflattenedSize } = unflatten.bind(args);
    if (!Array.isArray(unflattenedSize) || !unflattenedSize.every(Number.isInteger)) {
      throw new TypeError(
        `nn.Unflatten: unflattenedSize must be an array of integers, got ${describe(unflattenedSize)}`,
      );
    }
    this.dim = dim;
    this.unflattenedSize = unflattenedSize;
  }

  override forward(input: Tensor): Tensor {
    return input.unflatten(this.dim, this.unflattenedSize);
  }

  override extraRepr(): string {
    return `dim=${this.dim}, unflattened_size=${repr(this.unflattenedSize)}`;
  }
}

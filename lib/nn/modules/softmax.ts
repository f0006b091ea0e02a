import { ValueError } from '../../errors.js';
import { operators } from '../../operators.js';
import { type Call, Signature } from '../../options.js';
import { repr } from '../../python-repr.js';
import type { Tensor } from '../../tensor.js';
import { softmaxDimension } from '../functional/softmax.js';
import { Module } from './module.js';
import { checkTensor } from './utils.js';

/** What the softmax layers share. */
abstract class SoftmaxNd extends Module {
  dim: number | null;

  constructor(...args: Call<[], [dim: number | null], { dim?: number | null }>) {
    super();
    const signature = new Signature<{ dim: number | null }>(`nn.${new.target.name}`, { dim: null });
    this.dim = signature.bind(args).dim;
  }

  override extraRepr(): string {
    return `dim=${repr(this.dim)}`;
  }
}

/**
 * Rescales the elements so that they lie in `[0, 1]` and sum to 1 along a dimension: `exp(x) /
 * sum(exp(x))`.
 *
 * @param dim The dimension along which the outputs sum to 1; leaving it out is deprecated.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.Softmax(1);
 * layer(torch.randn(2, 3)).shape; // [2, 3]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Softmax.html
 */
export class Softmax extends SoftmaxNd {
  override forward(input: Tensor): Tensor {
    const dim = this.dim ?? softmaxDimension('softmax', input);
    return operators.torch.softmax(input, dim);
  }
}

/**
 * The {@link Softmax} of the negated input: the least element gets the most.
 *
 * @param dim The dimension along which the outputs sum to 1; leaving it out is deprecated.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.Softmin(1);
 * layer(torch.randn(2, 3)).shape; // [2, 3]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Softmin.html
 */
export class Softmin extends SoftmaxNd {
  override forward(input: Tensor): Tensor {
    const dim = this.dim ?? softmaxDimension('softmin', input);
    return operators.torch.softmax(input.neg(), dim);
  }
}

/**
 * The logarithm of the {@link Softmax}, computed in one stable step.
 *
 * @param dim The dimension along which the probabilities sum to 1; leaving it out is deprecated.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.LogSoftmax(1);
 * layer(torch.randn(2, 3)).shape; // [2, 3]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LogSoftmax.html
 */
export class LogSoftmax extends SoftmaxNd {
  override forward(input: Tensor): Tensor {
    const dim = this.dim ?? softmaxDimension('logSoftmax', input);
    return operators.torch.logSoftmax(input, dim);
  }
}

/**
 * {@link Softmax} over the channels of images: at each place they sum to 1.
 *
 * Shape: `(N, C, H, W)` or `(C, H, W)`, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.Softmax2d();
 * layer(torch.randn(2, 3, 12, 13)).shape; // [2, 3, 12, 13]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Softmax2d.html
 */
export class Softmax2d extends Module {
  override forward(input: Tensor): Tensor {
    checkTensor('nn.Softmax2d', 'input', input);
    const dimensions = input.dim();
    if (dimensions !== 3 && dimensions !== 4) {
      throw new ValueError(`Softmax2d: expected input to be 3D or 4D, got ${dimensions}D instead`);
    }
    return operators.torch.softmax(input, -3);
  }
}

import { operators } from '../../operators.js';
import { type Call, Signature } from '../../options.js';
import { floatRepr, repr } from '../../python-repr.js';
import type { Tensor } from '../../tensor.js';
import type { InplaceOptions } from '../common-types.js';
import * as functional from '../functional/dropout.js';
import { Module } from './module.js';

/** What the dropout layers take. */
export interface DropoutLayerOptions extends InplaceOptions {
  /** The probability of an element or channel to be dropped, between 0 and 1. Default: 0.5. */
  p?: number;
}

/** What the dropout layers share. */
abstract class DropoutNd extends Module {
  p: number;
  inplace: boolean;

  constructor(...args: Call<[], [p: number, inplace: boolean], DropoutLayerOptions>) {
    super();
    const signature = new Signature<Required<DropoutLayerOptions>>(`nn.${new.target.name}`, {
      p: 0.5,
      inplace: false,
    });
    const { p, inplace } = signature.bind(args);
    functional.checkProbability(p);
    this.p = p;
    this.inplace = inplace;
  }

  override extraRepr(): string {
    return `p=${floatRepr(this.p)}, inplace=${repr(this.inplace)}`;
  }
}

/**
 * In training, sets elements to 0 at random, with probability `p`, and multiplies the others by
 * `1 / (1 - p)`; in evaluation gives back the input.
 *
 * @param p The probability of an element to be dropped. Default: 0.5.
 * @param inplace Writes the result into the input. Default: false.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.Dropout(0.2);
 * layer(torch.randn(20, 16)).shape; // [20, 16]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Dropout.html
 */
export class Dropout extends DropoutNd {
  override forward(input: Tensor): Tensor {
    return this.inplace
      ? operators.torch.dropout_(input, this.p, this.training)
      : operators.torch.dropout(input, this.p, this.training);
  }
}

/**
 * In training, sets whole channels to 0 at random, with probability `p`, and multiplies the
 * others by `1 / (1 - p)`; in evaluation gives back the input.
 *
 * @param p The probability of a channel to be dropped. Default: 0.5.
 * @param inplace Writes the result into the input. Default: false.
 *
 * Shape: `(N, C, L)` or `(C, L)`, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.Dropout1d(0.2);
 * layer(torch.randn(20, 16, 32)).shape; // [20, 16, 32]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Dropout1d.html
 */
export class Dropout1d extends DropoutNd {
  override forward(input: Tensor): Tensor {
    return functional.dropout1d(input, this.p, this.training, this.inplace);
  }
}

/**
 * In training, sets whole channels to 0 at random, with probability `p`, and multiplies the
 * others by `1 / (1 - p)`; in evaluation gives back the input.
 *
 * @param p The probability of a channel to be dropped. Default: 0.5.
 * @param inplace Writes the result into the input. Default: false.
 *
 * Shape: `(N, C, H, W)`, and the same. PyTorch discourages `(N, C, L)` in favour of
 * {@link Dropout1d}.
 *
 * @example
 * ```ts
 * const layer = new nn.Dropout2d(0.2);
 * layer(torch.randn(20, 16, 32, 32)).shape; // [20, 16, 32, 32]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Dropout2d.html
 */
export class Dropout2d extends DropoutNd {
  override forward(input: Tensor): Tensor {
    return functional.dropout2d(input, this.p, this.training, this.inplace);
  }
}

/**
 * In training, sets whole channels to 0 at random, with probability `p`, and multiplies the
 * others by `1 / (1 - p)`; in evaluation gives back the input.
 *
 * @param p The probability of a channel to be dropped. Default: 0.5.
 * @param inplace Writes the result into the input. Default: false.
 *
 * Shape: `(N, C, D, H, W)` or `(C, D, H, W)`, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.Dropout3d(0.2);
 * layer(torch.randn(20, 16, 4, 32, 32)).shape; // [20, 16, 4, 32, 32]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Dropout3d.html
 */
export class Dropout3d extends DropoutNd {
  override forward(input: Tensor): Tensor {
    return functional.dropout3d(input, this.p, this.training, this.inplace);
  }
}

/**
 * A dropout that keeps the mean 0 and the variance 1 of its input, for use after `SELU`: in
 * training, dropped elements become the value that `SELU` tends to.
 *
 * @param p The probability of an element to be dropped. Default: 0.5.
 * @param inplace Has no effect, as in PyTorch. Default: false.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.AlphaDropout(0.2);
 * layer(torch.randn(20, 16)).shape; // [20, 16]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.AlphaDropout.html
 */
export class AlphaDropout extends DropoutNd {
  override forward(input: Tensor): Tensor {
    return operators.torch.alphaDropout(input, this.p, this.training);
  }
}

/**
 * {@link AlphaDropout} of whole channels at a time.
 *
 * @param p The probability of a channel to be dropped. Default: 0.5.
 * @param inplace Has no effect, as in PyTorch. Default: false.
 *
 * Shape: `(N, C, *)`, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.FeatureAlphaDropout(0.2);
 * layer(torch.randn(20, 16, 4, 32, 32)).shape; // [20, 16, 4, 32, 32]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.FeatureAlphaDropout.html
 */
export class FeatureAlphaDropout extends DropoutNd {
  override forward(input: Tensor): Tensor {
    return operators.torch.featureAlphaDropout(input, this.p, this.training);
  }
}

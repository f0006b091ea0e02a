import { TorchError, ValueError } from '../../errors.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { warn } from '../../warnings.js';
import type { InplaceOptions } from '../common-types.js';
import { checkTensor } from '../modules/utils.js';

/** What the dropout functions take after their required argument. */
export interface DropoutOptions extends InplaceOptions {
  /** The probability of an element to be dropped, between 0 and 1. Default: 0.5. */
  p?: number;
  /** Whether anything is dropped at all. Default: true, but false for the alpha dropouts. */
  training?: boolean;
}

type DropoutCall = Call<
  [input: Tensor],
  [p: number, training: boolean, inplace: boolean],
  DropoutOptions
>;

interface DropoutArguments extends Required<DropoutOptions> {
  input: Tensor;
}

/** Throws unless `p` is a probability. @internal */
export function checkProbability(p: number): void {
  if (typeof p !== 'number') {
    throw new TypeError(`dropout probability has to be a number, but got ${typeof p}`);
  }
  if (!(p >= 0 && p <= 1)) {
    throw new ValueError(`dropout probability has to be between 0 and 1, but got ${p}`);
  }
}

function binder(name: string, training: boolean): (args: readonly unknown[]) => DropoutArguments {
  const signature = new Signature<DropoutArguments>(`nn.functional.${name}`, {
    input: required,
    p: 0.5,
    training,
    inplace: false,
  });
  return (args) => {
    const given = signature.bind(args);
    checkTensor(signature.where, 'input', given.input);
    checkProbability(given.p);
    return given;
  };
}

const bindDropout = binder('dropout', true);

/**
 * In training, sets elements to 0 at random, with probability `p`, and multiplies the others by
 * `1 / (1 - p)`; otherwise gives back the input.
 *
 * @param input Any shape; the output has the same.
 *
 * Further arguments, by position or by name: {@link DropoutOptions}.
 *
 * @example
 * ```ts
 * nn.functional.dropout(x, 0.2, model.training);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.dropout.html
 */
export function dropout(...args: DropoutCall): Tensor {
  const { input, p, training, inplace } = bindDropout(args);
  const { torch } = operators;
  return inplace ? torch.dropout_(input, p, training) : torch.dropout(input, p, training);
}

const bindAlphaDropout = binder('alphaDropout', false);

/**
 * A dropout that keeps the mean 0 and the variance 1 of its input, for use after `selu`: dropped
 * elements become the value that `selu` tends to.
 *
 * @param input Any shape; the output has the same.
 *
 * Further arguments, by position or by name: {@link DropoutOptions}.
 *
 * @example
 * ```ts
 * nn.functional.alphaDropout(torch.randn(20, 16), 0.2, true);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.alpha_dropout.html
 */
export function alphaDropout(...args: DropoutCall): Tensor {
  const { input, p, training, inplace } = bindAlphaDropout(args);
  const { torch } = operators;
  return inplace ? torch.alphaDropout_(input, p, training) : torch.alphaDropout(input, p, training);
}

const bindFeatureAlphaDropout = binder('featureAlphaDropout', false);

/**
 * {@link alphaDropout} of whole channels at a time.
 *
 * @param input `(N, C, *)` or, without a batch, `(C, *)`; the output has the same shape.
 *
 * Further arguments, by position or by name: {@link DropoutOptions}.
 *
 * @example
 * ```ts
 * nn.functional.featureAlphaDropout(torch.randn(20, 16, 4, 32, 32), 0.2, true);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.feature_alpha_dropout.html
 */
export function featureAlphaDropout(...args: DropoutCall): Tensor {
  const { input, p, training, inplace } = bindFeatureAlphaDropout(args);
  const { torch } = operators;
  return inplace
    ? torch.featureAlphaDropout_(input, p, training)
    : torch.featureAlphaDropout(input, p, training);
}

/** Drops whole channels of a batch. */
function dropChannels({ input, p, training, inplace }: DropoutArguments): Tensor {
  const { torch } = operators;
  return inplace
    ? torch.featureDropout_(input, p, training)
    : torch.featureDropout(input, p, training);
}

/** Drops whole channels of one sample. */
function dropChannelsOfSample(given: DropoutArguments): Tensor {
  const { input, inplace } = given;
  const batch = inplace ? input.unsqueeze_(0) : input.unsqueeze(0);
  const result = dropChannels({ ...given, input: batch });
  return inplace ? result.squeeze_(0) : result.squeeze(0);
}

const bindDropout1d = binder('dropout1d', true);

/**
 * In training, sets whole channels to 0 at random, with probability `p`, and multiplies the
 * others by `1 / (1 - p)`; otherwise gives back the input.
 *
 * @param input `(N, C, L)` or `(C, L)`; the output has the same shape.
 *
 * Further arguments, by position or by name: {@link DropoutOptions}.
 *
 * @example
 * ```ts
 * nn.functional.dropout1d(torch.randn(20, 16, 32), 0.2);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.dropout1d.html
 */
export function dropout1d(...args: DropoutCall): Tensor {
  const given = bindDropout1d(args);
  const dimensions = given.input.dim();
  if (dimensions !== 2 && dimensions !== 3) {
    throw new TorchError(
      `dropout1d: Expected 2D or 3D input, but received a ${dimensions}D input: it drops whole channels of (N, C, L) or (C, L)`,
    );
  }
  return dimensions === 3 ? dropChannels(given) : dropChannelsOfSample(given);
}

const bindDropout2d = binder('dropout2d', true);

/**
 * In training, sets whole channels to 0 at random, with probability `p`, and multiplies the
 * others by `1 / (1 - p)`; otherwise gives back the input.
 *
 * @param input `(N, C, H, W)`, or `(N, C, L)`, which PyTorch discourages in favour of
 *   {@link dropout1d}; the output has the same shape.
 *
 * Further arguments, by position or by name: {@link DropoutOptions}.
 *
 * @example
 * ```ts
 * nn.functional.dropout2d(torch.randn(20, 16, 32, 32), 0.2);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.dropout2d.html
 */
export function dropout2d(...args: DropoutCall): Tensor {
  const given = bindDropout2d(args);
  const dimensions = given.input.dim();
  if (dimensions === 3) {
    warn(
      'dropout2d: a 3D input is taken as (N, C, L), and channels of length L are dropped. This will change to (C, H, W); use dropout1d to keep it.',
    );
  } else if (dimensions !== 4) {
    warn(
      `dropout2d: a ${dimensions}D input is deprecated and will be an error: it drops whole channels of (N, C, H, W). Use dropout to drop single elements.`,
    );
  }
  return dropChannels(given);
}

const bindDropout3d = binder('dropout3d', true);

/**
 * In training, sets whole channels to 0 at random, with probability `p`, and multiplies the
 * others by `1 / (1 - p)`; otherwise gives back the input.
 *
 * @param input `(N, C, D, H, W)` or `(C, D, H, W)`; the output has the same shape.
 *
 * Further arguments, by position or by name: {@link DropoutOptions}.
 *
 * @example
 * ```ts
 * nn.functional.dropout3d(torch.randn(20, 16, 4, 32, 32), 0.2);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.dropout3d.html
 */
export function dropout3d(...args: DropoutCall): Tensor {
  const given = bindDropout3d(args);
  const dimensions = given.input.dim();
  if (dimensions !== 4 && dimensions !== 5) {
    warn(
      `dropout3d: a ${dimensions}D input is deprecated and will be an error: it drops whole channels of (N, C, D, H, W) or (C, D, H, W). Use dropout to drop single elements.`,
    );
  }
  return dimensions === 5 ? dropChannels(given) : dropChannelsOfSample(given);
}

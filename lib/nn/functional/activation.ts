import { TorchError } from '../../errors.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { checkTensor } from '../modules/utils.js';
import { alias } from './alias.js';

export * from './rectifiers.js';

/**
 * `log(1 / (1 + exp(-x)))`, computed without overflow.
 *
 * @param input Any shape; the output has the same.
 *
 * @example
 * ```ts
 * nn.functional.logsigmoid(torch.randn(2));
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.logsigmoid.html
 */
export const logsigmoid = alias(() => operators.nn.logSigmoid);

/**
 * `x` times the normal distribution's cumulative function of `x`.
 *
 * @param input Any shape; the output has the same.
 * @param approximate Only by name: `'none'`, or `'tanh'` for the approximation by tanh. Default:
 *   `'none'`.
 *
 * @example
 * ```ts
 * nn.functional.gelu(torch.randn(2), { approximate: 'tanh' });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.gelu.html
 */
export const gelu = alias(() => operators.nn.gelu);

/**
 * Sets the elements within `[-lambd, lambd]` to 0.
 *
 * @param input Any shape; the output has the same.
 * @param lambd The bound. Default: 0.5.
 *
 * @example
 * ```ts
 * nn.functional.hardshrink(torch.tensor([-0.2, 2])); // tensor([0., 2.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.hardshrink.html
 */
export const hardshrink = alias(() => operators.torch.hardshrink);

/**
 * Moves the elements towards 0 by `lambd`; those within it become 0.
 *
 * @param input Any shape; the output has the same.
 * @param lambd The bound, at least 0. Default: 0.5.
 *
 * @example
 * ```ts
 * nn.functional.softshrink(torch.tensor([0.2, 2])); // tensor([0.0000, 1.5000])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.softshrink.html
 */
export const softshrink = alias(() => operators.nn.softshrink);

/**
 * `log(1 + exp(beta * x)) / beta`: a smooth {@link relu}.
 *
 * @param input Any shape; the output has the same.
 * @param beta How sharp the bend is. Default: 1.
 * @param threshold Where `beta * x` exceeds this, the result is `x`. Default: 20.
 *
 * @example
 * ```ts
 * nn.functional.softplus(torch.tensor([0])); // tensor([0.6931])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.softplus.html
 */
export const softplus = alias(() => operators.nn.softplus);

/**
 * `x - tanh(x)`.
 *
 * @param input Any shape; the output has the same.
 *
 * @example
 * ```ts
 * nn.functional.tanhshrink(torch.randn(2));
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.tanhshrink.html
 */
export function tanhshrink(input: Tensor): Tensor {
  return input.sub(input.tanh());
}

/**
 * `x / (1 + abs(x))`.
 *
 * @param input Any shape; the output has the same.
 *
 * @example
 * ```ts
 * nn.functional.softsign(torch.tensor([-1, 3])); // tensor([-0.5000,  0.7500])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.softsign.html
 */
export function softsign(input: Tensor): Tensor {
  return input.div(input.abs().add(1));
}

/**
 * The hyperbolic tangent of each element.
 *
 * @param input Any shape; the output has the same.
 *
 * @example
 * ```ts
 * nn.functional.tanh(torch.tensor([0, 1])); // tensor([0.0000, 0.7616])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.tanh.html
 */
export function tanh(input: Tensor): Tensor {
  return operators.torch.tanh(input);
}

/**
 * `1 / (1 + exp(-x))` of each element.
 *
 * @param input Any shape; the output has the same.
 *
 * @example
 * ```ts
 * nn.functional.sigmoid(torch.tensor([0])); // tensor([0.5000])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.sigmoid.html
 */
export function sigmoid(input: Tensor): Tensor {
  return operators.torch.sigmoid(input);
}

const gluSignature = new Signature<{ input: Tensor; dim: number }>('nn.functional.glu', {
  input: required,
  dim: -1,
});

/**
 * Gated linear unit: the first half of a dimension times the sigmoid of the second.
 *
 * @param input At least one dimension; the size of `dim` is even, and halved in the output.
 * @param dim The dimension that is cut. Default: -1.
 *
 * @example
 * ```ts
 * nn.functional.glu(torch.randn(4, 6)).shape; // [4, 3]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.glu.html
 */
export function glu(...args: Call<[input: Tensor], [dim: number], { dim?: number }>): Tensor {
  const { input, dim } = gluSignature.bind(args);
  checkTensor(gluSignature.where, 'input', input);
  if (input.dim() === 0) {
    throw new TorchError('glu does not support scalars because halving size must be even');
  }
  return operators.nn.glu(input, dim);
}

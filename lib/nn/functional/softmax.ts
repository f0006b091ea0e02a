import type { DType } from '../../dtype.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { warn } from '../../warnings.js';
import { checkTensor } from '../modules/utils.js';

/** What the softmax functions take after their required arguments. */
export interface SoftmaxOptions {
  /** The dimension along which the outputs sum to 1; leaving it out is deprecated. */
  dim?: number | null;
  /** The dtype to which the input is converted first, against overflow. Default: its own. */
  dtype?: DType | null;
}

type SoftmaxCall = Call<[input: Tensor], [dim: number | null], SoftmaxOptions>;

interface SoftmaxArguments {
  input: Tensor;
  dim: number | null;
  dtype: DType | null;
}

function softmaxSignature(name: string): Signature<SoftmaxArguments> {
  return new Signature<SoftmaxArguments>(
    `nn.functional.${name}`,
    { input: required, dim: null },
    { dtype: null },
  );
}

/** The dimension that PyTorch chooses, with a warning, where none is given. @internal */
export function softmaxDimension(name: string, input: Tensor): number {
  checkTensor(name, 'input', input);
  const dimensions = input.dim();
  warn(
    `Implicit dimension choice for ${name} has been deprecated. Give the call a dimension: ${name}(input, dim).`,
  );
  return dimensions === 0 || dimensions === 1 || dimensions === 3 ? 0 : 1;
}

const softmaxArguments = softmaxSignature('softmax');

/**
 * Rescales the elements so that they lie in `[0, 1]` and sum to 1 along a dimension:
 * `exp(x) / sum(exp(x))`.
 *
 * @param input Any shape; the output has the same.
 *
 * Further arguments, by position or by name: {@link SoftmaxOptions}.
 *
 * @example
 * ```ts
 * nn.functional.softmax(torch.tensor([0, 0]), 0); // tensor([0.5000, 0.5000])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.softmax.html
 */
export function softmax(...args: SoftmaxCall): Tensor {
  const { input, dim, dtype } = softmaxArguments.bind(args);
  return operators.torch.softmax(input, dim ?? softmaxDimension('softmax', input), dtype);
}

const softminArguments = softmaxSignature('softmin');

/**
 * The {@link softmax} of the negated input: the least element gets the most.
 *
 * @param input Any shape; the output has the same.
 *
 * Further arguments, by position or by name: {@link SoftmaxOptions}.
 *
 * @example
 * ```ts
 * nn.functional.softmin(torch.tensor([0, 200]), 0); // tensor([1., 0.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.softmin.html
 */
export function softmin(...args: SoftmaxCall): Tensor {
  const { input, dim, dtype } = softminArguments.bind(args);
  checkTensor(softminArguments.where, 'input', input);
  const along = dim ?? softmaxDimension('softmin', input);
  return operators.torch.softmax(input.neg(), along, dtype);
}

const logSoftmaxArguments = softmaxSignature('logSoftmax');

/**
 * The logarithm of the {@link softmax}, computed in one stable step.
 *
 * @param input Any shape; the output has the same.
 *
 * Further arguments, by position or by name: {@link SoftmaxOptions}.
 *
 * @example
 * ```ts
 * nn.functional.logSoftmax(torch.tensor([0, 0]), 0); // tensor([-0.6931, -0.6931])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.log_softmax.html
 */
export function logSoftmax(...args: SoftmaxCall): Tensor {
  const { input, dim, dtype } = logSoftmaxArguments.bind(args);
  const along = dim ?? softmaxDimension('logSoftmax', input);
  return operators.torch.logSoftmax(input, along, dtype);
}

/** What {@link gumbelSoftmax} takes after its required argument. */
export interface GumbelSoftmaxOptions {
  /** The temperature: the lower, the closer to one-hot. Default: 1. */
  tau?: number;
  /** Whether the samples are one-hot, with the gradient of the soft ones. Default: false. */
  hard?: boolean;
  /** @deprecated Has no effect. */
  eps?: number;
  /** The dimension along which the outputs sum to 1. Default: -1. */
  dim?: number;
}

interface GumbelSoftmaxArguments extends Required<GumbelSoftmaxOptions> {
  logits: Tensor;
}

const gumbelSoftmaxSignature = new Signature<GumbelSoftmaxArguments>(
  'nn.functional.gumbelSoftmax',
  { logits: required, tau: 1, hard: false, eps: 1e-10, dim: -1 },
);

/**
 * Samples from the Gumbel-Softmax distribution, through which a choice among classes can be
 * differentiated.
 *
 * @param logits Unnormalised log probabilities, of any shape; the output has the same.
 *
 * Further arguments, by position or by name: {@link GumbelSoftmaxOptions}.
 *
 * @example
 * ```ts
 * nn.functional.gumbelSoftmax(torch.randn(3, 32), { hard: true }).sum(1); // tensor([1., 1., 1.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.gumbel_softmax.html
 */
export function gumbelSoftmax(
  ...args: Call<
    [logits: Tensor],
    [tau: number, hard: boolean, eps: number, dim: number],
    GumbelSoftmaxOptions
  >
): Tensor {
  const { logits, tau, hard, dim } = gumbelSoftmaxSignature.bind(args);
  checkTensor(gumbelSoftmaxSignature.where, 'logits', logits);
  const gumbels = operators.torch.emptyLike(logits).exponential_().log().neg();
  const soft = operators.torch.softmax(logits.add(gumbels).div(tau), dim);
  if (!hard) return soft;
  const [, index] = soft.max(dim, true);
  const oneHot = operators.torch.zerosLike(logits).scatter_(dim, index, 1);
  return oneHot.sub(soft.detach()).add(soft);
}

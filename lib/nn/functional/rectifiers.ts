import { ValueError } from '../../errors.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import type { InplaceOptions } from '../common-types.js';
import { alias } from './alias.js';

type Inplace = (...args: Call<[input: Tensor], [inplace: boolean], InplaceOptions>) => Tensor;

/** An activation without parameters that can overwrite its input. */
function elementwise(
  name: string,
  apply: (input: Tensor) => Tensor,
  applyInPlace: (input: Tensor) => Tensor,
): Inplace {
  const signature = new Signature<{ input: Tensor; inplace: boolean }>(`nn.functional.${name}`, {
    input: required,
    inplace: false,
  });
  return (...args) => {
    // The usual call is not worth binding.
    if (args.length === 1) return apply(args[0]);
    const { input, inplace } = signature.bind(args);
    return inplace ? applyInPlace(input) : apply(input);
  };
}

/**
 * Sets negative elements to 0: `max(0, x)`.
 *
 * @param input Any shape; the output has the same.
 * @param inplace Writes the result into the input. Default: false.
 *
 * @example
 * ```ts
 * nn.functional.relu(torch.tensor([-1, 2]));
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.relu.html
 */
export const relu = elementwise(
  'relu',
  (input) => operators.torch.relu(input),
  (input) => operators.torch.relu_(input),
);

/**
 * Limits the elements to between 0 and 6: `min(max(0, x), 6)`.
 *
 * @param input Any shape; the output has the same.
 * @param inplace Writes the result into the input. Default: false.
 *
 * @example
 * ```ts
 * nn.functional.relu6(torch.tensor([-1, 2]));
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.relu6.html
 */
export const relu6 = elementwise(
  'relu6',
  (input) => operators.nn.relu6(input),
  (input) => operators.nn.relu6_(input),
);

/**
 * `scale * (max(0, x) + min(0, alpha * (exp(x) - 1)))`, with alpha 1.6733 and scale 1.0507:
 * activations that normalise themselves.
 *
 * @param input Any shape; the output has the same.
 * @param inplace Writes the result into the input. Default: false.
 *
 * @example
 * ```ts
 * nn.functional.selu(torch.tensor([-1, 2]));
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.selu.html
 */
export const selu = elementwise(
  'selu',
  (input) => operators.torch.selu(input),
  (input) => operators.torch.selu_(input),
);

/**
 * `x * sigmoid(x)`, also known as swish.
 *
 * @param input Any shape; the output has the same.
 * @param inplace Writes the result into the input. Default: false.
 *
 * @example
 * ```ts
 * nn.functional.silu(torch.tensor([-1, 2]));
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.silu.html
 */
export const silu = elementwise(
  'silu',
  (input) => operators.nn.silu(input),
  (input) => operators.nn.silu_(input),
);

/**
 * `x * tanh(softplus(x))`.
 *
 * @param input Any shape; the output has the same.
 * @param inplace Writes the result into the input. Default: false.
 *
 * @example
 * ```ts
 * nn.functional.mish(torch.tensor([-1, 2]));
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.mish.html
 */
export const mish = elementwise(
  'mish',
  (input) => operators.nn.mish(input),
  (input) => operators.nn.mish_(input),
);

/**
 * `x * relu6(x + 3) / 6`: {@link silu} in straight pieces.
 *
 * @param input Any shape; the output has the same.
 * @param inplace Writes the result into the input. Default: false.
 *
 * @example
 * ```ts
 * nn.functional.hardswish(torch.tensor([-1, 2]));
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.hardswish.html
 */
export const hardswish = elementwise(
  'hardswish',
  (input) => operators.nn.hardswish(input),
  (input) => operators.nn.hardswish_(input),
);

/**
 * `relu6(x + 3) / 6`: {@link sigmoid} in straight pieces.
 *
 * @param input Any shape; the output has the same.
 * @param inplace Writes the result into the input. Default: false.
 *
 * @example
 * ```ts
 * nn.functional.hardsigmoid(torch.tensor([-1, 2]));
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.hardsigmoid.html
 */
export const hardsigmoid = elementwise(
  'hardsigmoid',
  (input) => operators.nn.hardsigmoid(input),
  (input) => operators.nn.hardsigmoid_(input),
);

/**
 * {@link relu} into its input.
 *
 * @example
 * ```ts
 * const x = torch.tensor([-1, 2]);
 * nn.functional.relu_(x); // tensor([0., 2.])
 * x; // tensor([0., 2.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.relu_.html
 */
export const relu_ = alias(() => operators.torch.relu_);

/**
 * {@link selu} into its input.
 *
 * @example
 * ```ts
 * const x = torch.tensor([-1, 2]);
 * nn.functional.selu_(x); // tensor([-1.1113,  2.1014])
 * x; // tensor([-1.1113,  2.1014])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.selu.html
 */
export const selu_ = alias(() => operators.torch.selu_);

/**
 * {@link elu} into its input.
 *
 * @example
 * ```ts
 * const x = torch.tensor([-1, 2]);
 * nn.functional.elu_(x); // tensor([-0.6321,  2.0000])
 * x; // tensor([-0.6321,  2.0000])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.elu_.html
 */
export const elu_ = alias(() => operators.nn.elu_);

/**
 * {@link celu} into its input.
 *
 * @example
 * ```ts
 * const x = torch.tensor([-1, 2]);
 * nn.functional.celu_(x); // tensor([-0.6321,  2.0000])
 * x; // tensor([-0.6321,  2.0000])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.celu.html
 */
export const celu_ = alias(() => operators.torch.celu_);

/**
 * {@link leakyRelu} into its input.
 *
 * @example
 * ```ts
 * const x = torch.tensor([-1, 2]);
 * nn.functional.leakyRelu_(x, 0.1); // tensor([-0.1000,  2.0000])
 * x; // tensor([-0.1000,  2.0000])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.leaky_relu_.html
 */
export const leakyRelu_ = alias(() => operators.nn.leakyRelu_);

/**
 * {@link hardtanh} into its input.
 *
 * @example
 * ```ts
 * const x = torch.tensor([-1, 2]);
 * nn.functional.hardtanh_(x); // tensor([-1.,  1.])
 * x; // tensor([-1.,  1.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.hardtanh_.html
 */
export const hardtanh_ = alias(() => operators.nn.hardtanh_);

/**
 * {@link rrelu} into its input.
 *
 * @example
 * ```ts
 * const x = torch.tensor([-1, 2]);
 * nn.functional.rrelu_(x, 0.1, 0.3); // tensor([-0.2000,  2.0000])
 * x; // tensor([-0.2000,  2.0000])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.rrelu_.html
 */
export const rrelu_ = alias(() => operators.torch.rrelu_);

/**
 * {@link threshold} into its input.
 *
 * @example
 * ```ts
 * const x = torch.tensor([-1, 2]);
 * nn.functional.threshold_(x, 1, 20); // tensor([20.,  2.])
 * x; // tensor([20.,  2.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.threshold_.html
 */
export const threshold_ = alias(() => operators.torch.threshold_);

interface ThresholdArguments {
  input: Tensor;
  threshold: number;
  value: number;
  inplace: boolean;
}

const thresholdSignature = new Signature<ThresholdArguments>('nn.functional.threshold', {
  input: required,
  threshold: required,
  value: required,
  inplace: false,
});

/**
 * Replaces every element that is not above a threshold by a value.
 *
 * @param input Any shape; the output has the same.
 * @param threshold What elements must exceed to stay.
 * @param value What the others become.
 * @param inplace Writes the result into the input. Default: false.
 *
 * @example
 * ```ts
 * nn.functional.threshold(torch.tensor([0.5, 2]), 1, 20); // tensor([20.,  2.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.threshold.html
 */
export function threshold(
  ...args: Call<
    [input: Tensor, threshold: number, value: number],
    [inplace: boolean],
    InplaceOptions
  >
): Tensor {
  const { input, threshold, value, inplace } = thresholdSignature.bind(args);
  return inplace
    ? operators.torch.threshold_(input, threshold, value)
    : operators.torch.threshold(input, threshold, value);
}

interface HardtanhArguments {
  input: Tensor;
  minVal: number;
  maxVal: number;
  inplace: boolean;
}

const hardtanhSignature = new Signature<HardtanhArguments>('nn.functional.hardtanh', {
  input: required,
  minVal: -1,
  maxVal: 1,
  inplace: false,
});

/**
 * Limits the elements to a range.
 *
 * @param input Any shape; the output has the same.
 * @param minVal The least value. Default: -1.
 * @param maxVal The greatest value. Default: 1.
 * @param inplace Writes the result into the input. Default: false.
 *
 * @example
 * ```ts
 * nn.functional.hardtanh(torch.tensor([-3, 0.5, 3])); // tensor([-1.0000,  0.5000,  1.0000])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.hardtanh.html
 */
export function hardtanh(
  ...args: Call<
    [input: Tensor],
    [minVal: number, maxVal: number, inplace: boolean],
    InplaceOptions & { minVal?: number; maxVal?: number }
  >
): Tensor {
  const { input, minVal, maxVal, inplace } = hardtanhSignature.bind(args);
  if (minVal > maxVal) {
    throw new ValueError(`minVal (${minVal}) cannot be greater than maxVal (${maxVal})`);
  }
  return inplace
    ? operators.nn.hardtanh_(input, minVal, maxVal)
    : operators.nn.hardtanh(input, minVal, maxVal);
}

interface EluArguments {
  input: Tensor;
  alpha: number;
  inplace: boolean;
}

const eluSignature = new Signature<EluArguments>('nn.functional.elu', {
  input: required,
  alpha: 1,
  inplace: false,
});

/**
 * `x` where it is positive, `alpha * (exp(x) - 1)` elsewhere.
 *
 * @param input Any shape; the output has the same.
 * @param alpha What the output tends to below 0, negated. Default: 1.
 * @param inplace Writes the result into the input. Default: false.
 *
 * @example
 * ```ts
 * nn.functional.elu(torch.tensor([-1, 2]));
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.elu.html
 */
export function elu(
  ...args: Call<
    [input: Tensor],
    [alpha: number, inplace: boolean],
    InplaceOptions & { alpha?: number }
  >
): Tensor {
  const { input, alpha, inplace } = eluSignature.bind(args);
  return inplace ? operators.nn.elu_(input, alpha) : operators.nn.elu(input, alpha);
}

interface CeluArguments {
  input: Tensor;
  alpha: number;
  inplace: boolean;
}

const celuSignature = new Signature<CeluArguments>('nn.functional.celu', {
  input: required,
  alpha: 1,
  inplace: false,
});

/**
 * `max(0, x) + min(0, alpha * (exp(x / alpha) - 1))`: an {@link elu} whose slope is 1 at 0 for
 * every alpha.
 *
 * @param input Any shape; the output has the same.
 * @param alpha What the output tends to below 0, negated. Default: 1.
 * @param inplace Writes the result into the input. Default: false.
 *
 * @example
 * ```ts
 * nn.functional.celu(torch.tensor([-1, 2]));
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.celu.html
 */
export function celu(
  ...args: Call<
    [input: Tensor],
    [alpha: number, inplace: boolean],
    InplaceOptions & { alpha?: number }
  >
): Tensor {
  const { input, alpha, inplace } = celuSignature.bind(args);
  return inplace ? operators.torch.celu_(input, alpha) : operators.torch.celu(input, alpha);
}

interface LeakyReluArguments {
  input: Tensor;
  negativeSlope: number;
  inplace: boolean;
}

const leakyReluSignature = new Signature<LeakyReluArguments>('nn.functional.leakyRelu', {
  input: required,
  negativeSlope: 0.01,
  inplace: false,
});

/**
 * `x` where it is positive, `negativeSlope * x` elsewhere.
 *
 * @param input Any shape; the output has the same.
 * @param negativeSlope The slope below 0. Default: 0.01.
 * @param inplace Writes the result into the input. Default: false.
 *
 * @example
 * ```ts
 * nn.functional.leakyRelu(torch.tensor([-1, 2]), 0.1); // tensor([-0.1000,  2.0000])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.leaky_relu.html
 */
export function leakyRelu(
  ...args: Call<
    [input: Tensor],
    [negativeSlope: number, inplace: boolean],
    InplaceOptions & { negativeSlope?: number }
  >
): Tensor {
  const { input, negativeSlope, inplace } = leakyReluSignature.bind(args);
  return inplace
    ? operators.nn.leakyRelu_(input, negativeSlope)
    : operators.nn.leakyRelu(input, negativeSlope);
}

interface RreluArguments {
  input: Tensor;
  lower: number;
  upper: number;
  training: boolean;
  inplace: boolean;
}

const rreluSignature = new Signature<RreluArguments>('nn.functional.rrelu', {
  input: required,
  lower: 1 / 8,
  upper: 1 / 3,
  training: false,
  inplace: false,
});

/**
 * A {@link leakyRelu} whose slope is drawn for each negative element from `[lower, upper]` in
 * training, and is their mean otherwise.
 *
 * @param input Any shape; the output has the same.
 * @param lower The least slope. Default: 1/8.
 * @param upper The greatest slope. Default: 1/3.
 * @param training Whether the slopes are drawn. Default: false.
 * @param inplace Writes the result into the input. Default: false.
 *
 * @example
 * ```ts
 * nn.functional.rrelu(torch.tensor([-1, 2]), { training: true });
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.rrelu.html
 */
export function rrelu(
  ...args: Call<
    [input: Tensor],
    [lower: number, upper: number, training: boolean, inplace: boolean],
    InplaceOptions & { lower?: number; upper?: number; training?: boolean }
  >
): Tensor {
  const { input, lower, upper, training, inplace } = rreluSignature.bind(args);
  return inplace
    ? operators.torch.rrelu_(input, lower, upper, training)
    : operators.torch.rrelu(input, lower, upper, training);
}

/**
 * `x` where it is positive, `weight * x` elsewhere, with one weight for all channels or one for
 * each.
 *
 * @param input `(N, C, *)` with any number of further dimensions.
 * @param weight One element, or `C`.
 *
 * @example
 * ```ts
 * nn.functional.prelu(torch.randn(2, 3), torch.tensor([0.25]));
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.prelu.html
 */
export const prelu = alias(() => operators.torch.prelu);

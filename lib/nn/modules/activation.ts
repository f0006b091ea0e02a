import { TorchError, ValueError } from '../../errors.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import { floatRepr, givenRepr, repr } from '../../python-repr.js';
import type { Tensor } from '../../tensor.js';
import { type FactoryOptions, factoryDefaults, type InplaceOptions } from '../common-types.js';
import { softmaxDimension } from '../functional/softmax.js';
import * as init from '../init.js';
import { Parameter } from '../parameter.js';
import { Module } from './module.js';
import { checkCounts, checkTensor } from './utils.js';

/** An activation without parameters that can overwrite its input. */
abstract class InplaceActivation extends Module {
  inplace: boolean;

  constructor(...args: Call<[], [inplace: boolean], InplaceOptions>) {
    super();
    const signature = new Signature<{ inplace: boolean }>(`nn.${new.target.name}`, {
      inplace: false,
    });
    this.inplace = signature.bind(args).inplace;
  }

  override extraRepr(): string {
    return this.inplace ? 'inplace=True' : '';
  }
}

/** How the activations with other parameters print theirs. */
function inplaceRepr(inplace: boolean): string {
  return inplace ? ', inplace=True' : '';
}

/**
 * Sets negative elements to 0: `max(0, x)`.
 *
 * @param inplace Writes the result into the input. Default: false.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.ReLU();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ReLU.html
 */
export class ReLU extends InplaceActivation {
  override forward(input: Tensor): Tensor {
    return this.inplace ? operators.torch.relu_(input) : operators.torch.relu(input);
  }
}

/**
 * `scale * (max(0, x) + min(0, alpha * (exp(x) - 1)))`, with alpha 1.6733 and scale 1.0507:
 * activations that normalise themselves.
 *
 * @param inplace Writes the result into the input. Default: false.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.SELU();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.SELU.html
 */
export class SELU extends InplaceActivation {
  override forward(input: Tensor): Tensor {
    return this.inplace ? operators.torch.selu_(input) : operators.torch.selu(input);
  }
}

/**
 * `x * sigmoid(x)`, also known as swish.
 *
 * @param inplace Writes the result into the input. Default: false.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.SiLU();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.SiLU.html
 */
export class SiLU extends InplaceActivation {
  override forward(input: Tensor): Tensor {
    return this.inplace ? operators.nn.silu_(input) : operators.nn.silu(input);
  }
}

/**
 * `x * tanh(softplus(x))`.
 *
 * @param inplace Writes the result into the input. Default: false.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.Mish();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Mish.html
 */
export class Mish extends InplaceActivation {
  override forward(input: Tensor): Tensor {
    return this.inplace ? operators.nn.mish_(input) : operators.nn.mish(input);
  }
}

/**
 * `x * relu6(x + 3) / 6`: {@link SiLU} in straight pieces.
 *
 * @param inplace Writes the result into the input. Default: false.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.Hardswish();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Hardswish.html
 */
export class Hardswish extends InplaceActivation {
  override forward(input: Tensor): Tensor {
    return this.inplace ? operators.nn.hardswish_(input) : operators.nn.hardswish(input);
  }

  override extraRepr(): string {
    return '';
  }
}

/**
 * `relu6(x + 3) / 6`: {@link Sigmoid} in straight pieces.
 *
 * @param inplace Writes the result into the input. Default: false.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.Hardsigmoid();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Hardsigmoid.html
 */
export class Hardsigmoid extends InplaceActivation {
  override forward(input: Tensor): Tensor {
    return this.inplace ? operators.nn.hardsigmoid_(input) : operators.nn.hardsigmoid(input);
  }

  override extraRepr(): string {
    return '';
  }
}

const thresholdSignature = new Signature<{ threshold: number; value: number; inplace: boolean }>(
  'nn.Threshold',
  { threshold: required, value: required, inplace: false },
);

/**
 * Replaces every element that is not above a threshold by a value.
 *
 * @param threshold What elements must exceed to stay.
 * @param value What the others become.
 * @param inplace Writes the result into the input. Default: false.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.Threshold(0.1, 20);
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Threshold.html
 */
export class Threshold extends Module {
  threshold: number;
  value: number;
  inplace: boolean;

  constructor(
    ...args: Call<[threshold: number, value: number], [inplace: boolean], InplaceOptions>
  ) {
    super();
    const { threshold, value, inplace } = thresholdSignature.bind(args);
    this.threshold = threshold;
    this.value = value;
    this.inplace = inplace;
  }

  override forward(input: Tensor): Tensor {
    return this.inplace
      ? operators.torch.threshold_(input, this.threshold, this.value)
      : operators.torch.threshold(input, this.threshold, this.value);
  }

  override extraRepr(): string {
    return `threshold=${floatRepr(this.threshold)}, value=${floatRepr(this.value)}${inplaceRepr(this.inplace)}`;
  }
}

/** What {@link RReLU} takes. */
export interface RReLUOptions extends InplaceOptions {
  /** The least slope. Default: 1 / 8. */
  lower?: number;
  /** The greatest slope. Default: 1 / 3. */
  upper?: number;
}

const rrelu = new Signature<Required<RReLUOptions>>('nn.RReLU', {
  lower: 1 / 8,
  upper: 1 / 3,
  inplace: false,
});

/**
 * A {@link LeakyReLU} whose slope is drawn for each negative element from `[lower, upper]` in
 * training, and is their mean otherwise.
 *
 * @param lower The least slope. Default: 1 / 8.
 * @param upper The greatest slope. Default: 1 / 3.
 * @param inplace Writes the result into the input. Default: false.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.RReLU();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.RReLU.html
 */
export class RReLU extends Module {
  lower: number;
  upper: number;
  inplace: boolean;

  constructor(...args: Call<[], [lower: number, upper: number, inplace: boolean], RReLUOptions>) {
    super();
    const { lower, upper, inplace } = rrelu.bind(args);
    this.lower = lower;
    this.upper = upper;
    this.inplace = inplace;
  }

  override forward(input: Tensor): Tensor {
    return this.inplace
      ? operators.torch.rrelu_(input, this.lower, this.upper, this.training)
      : operators.torch.rrelu(input, this.lower, this.upper, this.training);
  }

  override extraRepr(): string {
    return `lower=${floatRepr(this.lower)}, upper=${floatRepr(this.upper)}${inplaceRepr(this.inplace)}`;
  }
}

/** What {@link Hardtanh} takes. */
export interface HardtanhOptions extends InplaceOptions {
  /** The least value. Default: -1. */
  minVal?: number;
  /** The greatest value; above the least. Default: 1. */
  maxVal?: number;
}

const hardtanh = new Signature<Required<HardtanhOptions>>('nn.Hardtanh', {
  minVal: -1,
  maxVal: 1,
  inplace: false,
});

/**
 * Limits the elements to a range.
 *
 * @param minVal The least value. Default: -1.
 * @param maxVal The greatest value; above the least. Default: 1.
 * @param inplace Writes the result into the input. Default: false.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.Hardtanh();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Hardtanh.html
 */
export class Hardtanh extends Module {
  minVal: number;
  maxVal: number;
  inplace: boolean;

  constructor(
    ...args: Call<[], [minVal: number, maxVal: number, inplace: boolean], HardtanhOptions>
  ) {
    super();
    const { minVal, maxVal, inplace } = hardtanh.bind(args);
    if (!(maxVal > minVal)) {
      throw new ValueError(`maxVal (${maxVal}) must be greater than minVal (${minVal})`);
    }
    this.minVal = minVal;
    this.maxVal = maxVal;
    this.inplace = inplace;
  }

  override forward(input: Tensor): Tensor {
    return this.inplace
      ? operators.nn.hardtanh_(input, this.minVal, this.maxVal)
      : operators.nn.hardtanh(input, this.minVal, this.maxVal);
  }

  override extraRepr(): string {
    return `min_val=${floatRepr(this.minVal)}, max_val=${floatRepr(this.maxVal)}${inplaceRepr(this.inplace)}`;
  }
}

/**
 * Limits the elements to between 0 and 6: `min(max(0, x), 6)`.
 *
 * @param inplace Writes the result into the input. Default: false.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.ReLU6();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ReLU6.html
 */
export class ReLU6 extends Hardtanh {
  constructor(...args: Call<[], [inplace: boolean], InplaceOptions>) {
    const signature = new Signature<{ inplace: boolean }>('nn.ReLU6', { inplace: false });
    super(0, 6, signature.bind(args).inplace);
  }

  override extraRepr(): string {
    return this.inplace ? 'inplace=True' : '';
  }
}

/** What {@link ELU} takes. */
export interface ELUOptions extends InplaceOptions {
  /** What the output tends to below 0, negated. Default: 1. */
  alpha?: number;
}

const elu = new Signature<Required<ELUOptions>>('nn.ELU', { alpha: 1, inplace: false });

/**
 * `x` where it is positive, `alpha * (exp(x) - 1)` elsewhere.
 *
 * @param alpha What the output tends to below 0, negated. Default: 1.
 * @param inplace Writes the result into the input. Default: false.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.ELU();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ELU.html
 */
export class ELU extends Module {
  alpha: number;
  inplace: boolean;

  constructor(...args: Call<[], [alpha: number, inplace: boolean], ELUOptions>) {
    super();
    const { alpha, inplace } = elu.bind(args);
    this.alpha = alpha;
    this.inplace = inplace;
  }

  override forward(input: Tensor): Tensor {
    return this.inplace
      ? operators.nn.elu_(input, this.alpha)
      : operators.nn.elu(input, this.alpha);
  }

  override extraRepr(): string {
    return `alpha=${floatRepr(this.alpha)}${inplaceRepr(this.inplace)}`;
  }
}

/** What {@link CELU} takes. */
export interface CELUOptions extends InplaceOptions {
  /** What the output tends to below 0, negated. Default: 1. */
  alpha?: number;
}

const celu = new Signature<Required<CELUOptions>>('nn.CELU', { alpha: 1, inplace: false });

/**
 * `max(0, x) + min(0, alpha * (exp(x / alpha) - 1))`: an {@link ELU} whose slope is 1 at 0 for
 * every alpha.
 *
 * @param alpha What the output tends to below 0, negated. Default: 1.
 * @param inplace Writes the result into the input. Default: false.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.CELU();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.CELU.html
 */
export class CELU extends Module {
  alpha: number;
  inplace: boolean;

  constructor(...args: Call<[], [alpha: number, inplace: boolean], CELUOptions>) {
    super();
    const { alpha, inplace } = celu.bind(args);
    this.alpha = alpha;
    this.inplace = inplace;
  }

  override forward(input: Tensor): Tensor {
    return this.inplace
      ? operators.torch.celu_(input, this.alpha)
      : operators.torch.celu(input, this.alpha);
  }

  override extraRepr(): string {
    return `alpha=${floatRepr(this.alpha)}${inplaceRepr(this.inplace)}`;
  }
}

/** What {@link LeakyReLU} takes. */
export interface LeakyReLUOptions extends InplaceOptions {
  /** The slope below 0. Default: 0.01. */
  negativeSlope?: number;
}

const leakyReLU = new Signature<Required<LeakyReLUOptions>>('nn.LeakyReLU', {
  negativeSlope: 0.01,
  inplace: false,
});

/**
 * `x` where it is positive, `negativeSlope * x` elsewhere.
 *
 * @param negativeSlope The slope below 0. Default: 0.01.
 * @param inplace Writes the result into the input. Default: false.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.LeakyReLU();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html
 */
export class LeakyReLU extends Module {
  negativeSlope: number;
  inplace: boolean;

  constructor(...args: Call<[], [negativeSlope: number, inplace: boolean], LeakyReLUOptions>) {
    super();
    const { negativeSlope, inplace } = leakyReLU.bind(args);
    this.negativeSlope = negativeSlope;
    this.inplace = inplace;
  }

  override forward(input: Tensor): Tensor {
    return this.inplace
      ? operators.nn.leakyRelu_(input, this.negativeSlope)
      : operators.nn.leakyRelu(input, this.negativeSlope);
  }

  override extraRepr(): string {
    return `negative_slope=${floatRepr(this.negativeSlope)}${inplaceRepr(this.inplace)}`;
  }
}

/** What {@link GLU} takes. */
export interface GLUOptions {
  /** The dimension that is cut. Default: -1. */
  dim?: number;
}

const glu = new Signature<Required<GLUOptions>>('nn.GLU', { dim: -1 });

/**
 * Gated linear unit: the first half of a dimension times the sigmoid of the second.
 *
 * @param dim The dimension that is cut. Default: -1.
 *
 * Shape: any, with an even size of `dim`, to the same with half that size.
 *
 * @example
 * ```ts
 * const layer = new nn.GLU();
 * layer(torch.randn(4, 2)).shape; // [4, 1]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.GLU.html
 */
export class GLU extends Module {
  dim: number;

  constructor(...args: Call<[], [dim: number], GLUOptions>) {
    super();
    const { dim } = glu.bind(args);
    this.dim = dim;
  }

  override forward(input: Tensor): Tensor {
    checkTensor(glu.where, 'input', input);
    if (input.dim() === 0) {
      throw new TorchError('glu does not support scalars because halving size must be even');
    }
    return operators.nn.glu(input, this.dim);
  }

  override extraRepr(): string {
    return `dim=${repr(this.dim)}`;
  }
}

/** What {@link Hardshrink} takes. */
export interface HardshrinkOptions {
  /** The bound. Default: 0.5. */
  lambd?: number;
}

const hardshrink = new Signature<Required<HardshrinkOptions>>('nn.Hardshrink', { lambd: 0.5 });

/**
 * Sets the elements within `[-lambd, lambd]` to 0.
 *
 * @param lambd The bound. Default: 0.5.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.Hardshrink();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Hardshrink.html
 */
export class Hardshrink extends Module {
  lambd: number;

  constructor(...args: Call<[], [lambd: number], HardshrinkOptions>) {
    super();
    const { lambd } = hardshrink.bind(args);
    this.lambd = lambd;
  }

  override forward(input: Tensor): Tensor {
    return operators.torch.hardshrink(input, this.lambd);
  }

  override extraRepr(): string {
    return `${floatRepr(this.lambd)}`;
  }
}

/** What {@link Softshrink} takes. */
export interface SoftshrinkOptions {
  /** The bound, at least 0. Default: 0.5. */
  lambd?: number;
}

const softshrink = new Signature<Required<SoftshrinkOptions>>('nn.Softshrink', { lambd: 0.5 });

/**
 * Moves the elements towards 0 by `lambd`; those within it become 0.
 *
 * @param lambd The bound, at least 0. Default: 0.5.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.Softshrink();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Softshrink.html
 */
export class Softshrink extends Module {
  lambd: number;

  constructor(...args: Call<[], [lambd: number], SoftshrinkOptions>) {
    super();
    const { lambd } = softshrink.bind(args);
    this.lambd = lambd;
  }

  override forward(input: Tensor): Tensor {
    return operators.nn.softshrink(input, this.lambd);
  }

  override extraRepr(): string {
    return `${givenRepr(this.lambd, 0.5)}`;
  }
}

/** What {@link Softplus} takes. */
export interface SoftplusOptions {
  /** How sharp the bend is. Default: 1. */
  beta?: number;
  /** Where `beta * x` exceeds this, the result is `x`. Default: 20. */
  threshold?: number;
}

const softplus = new Signature<Required<SoftplusOptions>>('nn.Softplus', {
  beta: 1,
  threshold: 20,
});

/**
 * `log(1 + exp(beta * x)) / beta`: a smooth {@link ReLU}.
 *
 * @param beta How sharp the bend is. Default: 1.
 * @param threshold Where `beta * x` exceeds this, the result is `x`. Default: 20.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.Softplus();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Softplus.html
 */
export class Softplus extends Module {
  beta: number;
  threshold: number;

  constructor(...args: Call<[], [beta: number, threshold: number], SoftplusOptions>) {
    super();
    const { beta, threshold } = softplus.bind(args);
    this.beta = beta;
    this.threshold = threshold;
  }

  override forward(input: Tensor): Tensor {
    return operators.nn.softplus(input, this.beta, this.threshold);
  }

  override extraRepr(): string {
    return `beta=${givenRepr(this.beta, 1)}, threshold=${givenRepr(this.threshold, 20)}`;
  }
}

/**
 * `1 / (1 + exp(-x))` of each element.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.Sigmoid();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Sigmoid.html
 */
export class Sigmoid extends Module {
  override forward(input: Tensor): Tensor {
    return operators.torch.sigmoid(input);
  }
}

/**
 * The hyperbolic tangent of each element.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.Tanh();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Tanh.html
 */
export class Tanh extends Module {
  override forward(input: Tensor): Tensor {
    return operators.torch.tanh(input);
  }
}

/**
 * `log(1 / (1 + exp(-x)))`, computed without overflow.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.LogSigmoid();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LogSigmoid.html
 */
export class LogSigmoid extends Module {
  override forward(input: Tensor): Tensor {
    return operators.nn.logSigmoid(input);
  }
}

/**
 * `x / (1 + abs(x))`.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.Softsign();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Softsign.html
 */
export class Softsign extends Module {
  override forward(input: Tensor): Tensor {
    return input.div(input.abs().add(1));
  }
}

/**
 * `x - tanh(x)`.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.Tanhshrink();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Tanhshrink.html
 */
export class Tanhshrink extends Module {
  override forward(input: Tensor): Tensor {
    return input.sub(input.tanh());
  }
}

/** How {@link GELU} computes: exactly, or by a tanh. */
export type Approximation = 'none' | 'tanh';

const gelu = new Signature<{ approximate: Approximation }>('nn.GELU', { approximate: 'none' });

/**
 * `x` times the normal distribution's cumulative function of `x`.
 *
 * @param approximate `'none'`, or `'tanh'` for the approximation by tanh. Default: `'none'`.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.GELU('tanh');
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.GELU.html
 */
export class GELU extends Module {
  approximate: Approximation;

  constructor(...args: Call<[], [approximate: Approximation], { approximate?: Approximation }>) {
    super();
    this.approximate = gelu.bind(args).approximate;
  }

  override forward(input: Tensor): Tensor {
    return this.approximate === 'none'
      ? operators.nn.gelu(input)
      : operators.nn.gelu(input, { approximate: this.approximate });
  }

  override extraRepr(): string {
    return `approximate=${repr(this.approximate)}`;
  }
}

/** What {@link PReLU} takes. */
export interface PReLUOptions extends FactoryOptions {
  /** 1 for one slope, or the number of channels for one each. Default: 1. */
  numParameters?: number;
  /** The slopes at first. Default: 0.25. */
  init?: number;
}

interface PReLUArguments extends FactoryOptions {
  numParameters: number;
  init: number;
}

const prelu = new Signature<PReLUArguments>(
  'nn.PReLU',
  { numParameters: 1, init: 0.25 },
  factoryDefaults,
);

/**
 * `x` where it is positive, `weight * x` elsewhere, with a learnable slope for all channels or one
 * for each. PyTorch advises against weight decay on it.
 *
 * @param numParameters 1 for one slope, or the number of channels for one each. Default: 1.
 * @param init The slopes at first. Default: 0.25.
 *
 * Further options: {@link PReLUOptions}.
 *
 * Shape: `(N, C, *)`, and the same.
 *
 * State: `weight` `(numParameters)`.
 *
 * @example
 * ```ts
 * const layer = new nn.PReLU();
 * layer(torch.randn(2)).shape; // [2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.PReLU.html
 */
export class PReLU extends Module {
  numParameters: number;
  init: number;
  weight: Parameter;

  constructor(...args: Call<[], [numParameters: number, init: number], PReLUOptions>) {
    super();
    const { numParameters, init, device, dtype } = prelu.bind(args);
    checkCounts(prelu.where, { numParameters });
    this.numParameters = numParameters;
    this.init = init;
    this.weight = new Parameter(operators.torch.empty([numParameters], { device, dtype }));
    this.resetParameters();
  }

  /** Sets the slopes to what they were at first. */
  resetParameters(): void {
    init.constant_(this.weight, this.init);
  }

  override forward(input: Tensor): Tensor {
    return operators.torch.prelu(input, this.weight);
  }

  override extraRepr(): string {
    return `num_parameters=${this.numParameters}`;
  }
}

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

import { ValueError } from '../../errors.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import { floatRepr } from '../../python-repr.js';
import type { Tensor } from '../../tensor.js';
import { type FactoryOptions, factoryDefaults, type InplaceOptions } from '../common-types.js';
import * as init from '../init.js';
import { Parameter } from '../parameter.js';
import { Module } from './module.js';
import { checkCounts } from './utils.js';

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

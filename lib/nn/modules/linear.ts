import { ValueError } from '../../errors.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import { repr } from '../../python-repr.js';
import type { Tensor } from '../../tensor.js';
import { type FactoryOptions, factoryDefaults } from '../common-types.js';
import * as init from '../init.js';
import { Parameter } from '../parameter.js';
import { Module } from './module.js';
import { checkCounts, uniformByFanIn_ } from './utils.js';

/**
 * Gives back its input. It takes any arguments and ignores them, so that it can stand in for any
 * other layer.
 *
 * Shape: any, and the same.
 *
 * @example
 * ```ts
 * const layer = new nn.Identity(54, { unused: true });
 * layer(torch.randn(128, 20)).shape; // [128, 20]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Identity.html
 */
export class Identity extends Module {
  constructor(..._args: unknown[]) {
    super();
  }

  override forward(input: Tensor): Tensor {
    return input;
  }
}

/** What the linear layers take after their required arguments. */
export interface LinearOptions extends FactoryOptions {
  /** Whether a learnable bias is added to the output. Default: true. */
  bias?: boolean;
}

interface LinearArguments extends FactoryOptions {
  inFeatures: number;
  outFeatures: number;
  bias: boolean;
}

const linear = new Signature<LinearArguments>(
  'nn.Linear',
  { inFeatures: required, outFeatures: required, bias: true },
  factoryDefaults,
);

/**
 * A linear map: `input @ weight.T + bias`.
 *
 * Both tensors are drawn uniformly within `1 / sqrt(inFeatures)`.
 *
 * @param inFeatures The size of each input.
 * @param outFeatures The size of each output.
 *
 * Further arguments, by position or by name: {@link LinearOptions}.
 *
 * Shape: `(*, inFeatures)` to `(*, outFeatures)`, with any number of dimensions `*`.
 *
 * State: `weight` `(outFeatures, inFeatures)` and, with `bias`, `bias` `(outFeatures)`.
 *
 * @example
 * ```ts
 * const layer = new nn.Linear(20, 30);
 * layer(torch.randn(128, 20)).shape; // [128, 30]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Linear.html
 */
export class Linear extends Module {
  inFeatures: number;
  outFeatures: number;
  weight: Parameter;
  bias: Parameter | null;

  constructor(
    ...args: Call<[inFeatures: number, outFeatures: number], [bias: boolean], LinearOptions>
  ) {
    super();
    const { inFeatures, outFeatures, bias, device, dtype } = linear.bind(args);
    checkCounts(linear.where, { inFeatures, outFeatures });
    const { empty } = operators.torch;
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = new Parameter(empty([outFeatures, inFeatures], { device, dtype }));
    this.bias = bias ? new Parameter(empty([outFeatures], { device, dtype })) : null;
    this.resetParameters();
  }

  /** Draws new weights, as the constructor does. */
  resetParameters(): void {
    // With this slope the bound is 1 / sqrt(inFeatures), and the draw is PyTorch's.
    init.kaimingUniform_(this.weight, Math.sqrt(5));
    if (this.bias) uniformByFanIn_(this.bias, this.weight);
  }

  override forward(input: Tensor): Tensor {
    return operators.nn.linear(input, this.weight, this.bias);
  }

  override extraRepr(): string {
    return `in_features=${this.inFeatures}, out_features=${this.outFeatures}, bias=${repr(this.bias !== null)}`;
  }
}

/**
 * The {@link Linear} at the end of an attention, whose name keeps PyTorch's dynamic quantization
 * off it.
 */
export class NonDynamicallyQuantizableLinear extends Linear {}

interface BilinearArguments extends FactoryOptions {
  in1Features: number;
  in2Features: number;
  outFeatures: number;
  bias: boolean;
}

const bilinear = new Signature<BilinearArguments>(
  'nn.Bilinear',
  { in1Features: required, in2Features: required, outFeatures: required, bias: true },
  factoryDefaults,
);

/**
 * A bilinear map of two inputs: output `k` is `input1 @ weight[k] @ input2.T + bias[k]`.
 *
 * Both tensors are drawn uniformly within `1 / sqrt(in1Features)`.
 *
 * @param in1Features The size of each first input; above 0.
 * @param in2Features The size of each second input.
 * @param outFeatures The size of each output.
 *
 * Further arguments, by position or by name: {@link LinearOptions}.
 *
 * Shape: `(*, in1Features)` and `(*, in2Features)` to `(*, outFeatures)`, with the same `*`.
 *
 * State: `weight` `(outFeatures, in1Features, in2Features)` and, with `bias`, `bias`
 * `(outFeatures)`.
 *
 * @example
 * ```ts
 * const layer = new nn.Bilinear(20, 30, 40);
 * layer(torch.randn(128, 20), torch.randn(128, 30)).shape; // [128, 40]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Bilinear.html
 */
export class Bilinear extends Module {
  in1Features: number;
  in2Features: number;
  outFeatures: number;
  weight: Parameter;
  bias: Parameter | null;

  constructor(
    ...args: Call<
      [in1Features: number, in2Features: number, outFeatures: number],
      [bias: boolean],
      LinearOptions
    >
  ) {
    super();
    const { in1Features, in2Features, outFeatures, bias, device, dtype } = bilinear.bind(args);
    checkCounts(bilinear.where, { in1Features, in2Features, outFeatures });
    if (in1Features === 0) throw new ValueError(`in1Features must be > 0, got ${in1Features}`);
    const { empty } = operators.torch;
    this.in1Features = in1Features;
    this.in2Features = in2Features;
    this.outFeatures = outFeatures;
    this.weight = new Parameter(empty([outFeatures, in1Features, in2Features], { device, dtype }));
    this.bias = bias ? new Parameter(empty([outFeatures], { device, dtype })) : null;
    this.resetParameters();
  }

  /** Draws new weights, as the constructor does. */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.in1Features);
    init.uniform_(this.weight, -bound, bound);
    if (this.bias) init.uniform_(this.bias, -bound, bound);
  }

  override forward(input1: Tensor, input2: Tensor): Tensor {
    return operators.torch.bilinear(input1, input2, this.weight, this.bias);
  }

  override extraRepr(): string {
    return `in1_features=${this.in1Features}, in2_features=${this.in2Features}, out_features=${this.outFeatures}, bias=${repr(this.bias !== null)}`;
  }
}

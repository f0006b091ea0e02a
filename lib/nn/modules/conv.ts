import { describe } from '../../describe.js';
import { ValueError } from '../../errors.js';
import { noGrad } from '../../grad-mode.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import { repr } from '../../python-repr.js';
import type { Tensor } from '../../tensor.js';
import {
  type FactoryOptions,
  factoryDefaults,
  type Size1,
  type Size2,
  type Size3,
} from '../common-types.js';
import * as init from '../init.js';
import { Parameter } from '../parameter.js';
import { Module } from './module.js';
import { checkCounts, ntuple, reverseRepeat, uniformByFanIn_ } from './utils.js';

/** What lies beyond the border of a convolution's input. */
export type PaddingMode = 'zeros' | 'reflect' | 'replicate' | 'circular';

/** What a convolution takes after its required arguments. */
export interface ConvOptions<Size> extends FactoryOptions {
  /** How far the kernel moves from one output to the next. Default: 1. */
  stride?: Size;
  /** Padding on both sides of each dimension; `'same'` keeps the size, `'valid'` is none. Default: 0. */
  padding?: Size | 'same' | 'valid';
  /** The distance between the kernel's elements. Default: 1. */
  dilation?: Size;
  /** Into how many unconnected groups the channels are cut. Default: 1. */
  groups?: number;
  /** Whether a learnable bias is added to the output. Default: true. */
  bias?: boolean;
  /** What the padding holds. Default: `'zeros'`. */
  paddingMode?: PaddingMode;
}

/** What a transposed convolution takes after its required arguments. */
export interface ConvTransposeOptions<Size> extends FactoryOptions {
  /** How far apart the inputs lie in the output. Default: 1. */
  stride?: Size;
  /** `dilation * (kernelSize - 1) - padding` zeros go on both sides of the input. Default: 0. */
  padding?: Size;
  /** How much the output grows on one side of each dimension. Default: 0. */
  outputPadding?: Size;
  /** Into how many unconnected groups the channels are cut. Default: 1. */
  groups?: number;
  /** Whether a learnable bias is added to the output. Default: true. */
  bias?: boolean;
  /** The distance between the kernel's elements. Default: 1. */
  dilation?: Size;
  /** Only `'zeros'`. */
  paddingMode?: 'zeros';
}

type ConvCall<Size> = Call<
  [inChannels: number, outChannels: number, kernelSize: Size],
  [
    stride: Size,
    padding: Size | 'same' | 'valid',
    dilation: Size,
    groups: number,
    bias: boolean,
    paddingMode: PaddingMode,
  ],
  ConvOptions<Size>
>;

type ConvTransposeCall<Size> = Call<
  [inChannels: number, outChannels: number, kernelSize: Size],
  [
    stride: Size,
    padding: Size,
    outputPadding: Size,
    groups: number,
    bias: boolean,
    dilation: Size,
    paddingMode: 'zeros',
  ],
  ConvTransposeOptions<Size>
>;

interface ConvArguments extends FactoryOptions {
  inChannels: number;
  outChannels: number;
  kernelSize: number | readonly number[];
  stride: number | readonly number[];
  padding: number | readonly number[] | 'same' | 'valid';
  dilation: number | readonly number[];
  groups: number;
  bias: boolean;
  paddingMode: PaddingMode;
}

interface ConvTransposeArguments extends ConvArguments {
  padding: number | readonly number[];
  outputPadding: number | readonly number[];
}

const paddingModes: readonly string[] = ['zeros', 'reflect', 'replicate', 'circular'];

function checkArguments(where: string, given: ConvArguments): void {
  const { inChannels, outChannels, groups, padding, paddingMode } = given;
  checkCounts(where, { inChannels, outChannels });
  if (!Number.isInteger(groups) || groups <= 0) {
    throw new ValueError(`${where}: groups must be a positive integer, got ${describe(groups)}`);
  }
  for (const [name, channels] of Object.entries({ inChannels, outChannels })) {
    if (channels % groups !== 0) {
      throw new ValueError(
        `${where}: ${name} (${channels}) must be divisible by groups (${groups})`,
      );
    }
  }
  if (typeof padding === 'string' && padding !== 'same' && padding !== 'valid') {
    throw new ValueError(`${where}: invalid padding '${padding}': expected 'same' or 'valid'`);
  }
  if (!paddingModes.includes(paddingMode)) {
    throw new ValueError(
      `${where}: paddingMode must be one of ${paddingModes.join(', ')}, got '${paddingMode}'`,
    );
  }
}

/** What all convolutions share: their arguments, weights and printing. */
abstract class ConvNd extends Module {
  inChannels: number;
  outChannels: number;
  kernelSize: number[];
  stride: number[];
  padding: number[] | 'same' | 'valid';
  dilation: number[];
  transposed: boolean;
  outputPadding: number[];
  groups: number;
  paddingMode: PaddingMode;
  weight: Parameter;
  bias: Parameter | null;

  constructor(
    where: string,
    dimensions: number,
    given: ConvArguments,
    outputPadding?: number | readonly number[],
  ) {
    super();
    checkArguments(where, given);
    this.inChannels = given.inChannels;
    this.outChannels = given.outChannels;
    this.kernelSize = ntuple(where, 'kernelSize', given.kernelSize, dimensions);
    this.stride = ntuple(where, 'stride', given.stride, dimensions);
    this.padding =
      typeof given.padding === 'string'
        ? given.padding
        : ntuple(where, 'padding', given.padding, dimensions);
    this.dilation = ntuple(where, 'dilation', given.dilation, dimensions);
    this.transposed = outputPadding !== undefined;
    this.outputPadding = ntuple(where, 'outputPadding', outputPadding ?? 0, dimensions);
    this.groups = given.groups;
    this.paddingMode = given.paddingMode;
    if (this.padding === 'same' && this.stride.some((step) => step !== 1)) {
      throw new ValueError(`${where}: padding 'same' is not supported for strided convolutions`);
    }
    const { device, dtype, inChannels, outChannels, groups } = given;
    const channels = this.transposed
      ? [inChannels, outChannels / groups]
      : [outChannels, inChannels / groups];
    const { empty } = operators.torch;
    this.weight = new Parameter(empty([...channels, ...this.kernelSize], { device, dtype }));
    this.bias = given.bias ? new Parameter(empty([outChannels], { device, dtype })) : null;
    this.resetParameters();
  }

  /** Draws new weights: both tensors uniform within one over the square root of the fan-in. */
  resetParameters(): void {
    noGrad(() => {
      if (this.weight.isContiguous()) {
        init.kaimingUniform_(this.weight, Math.sqrt(5));
      } else {
        // A channels-last weight gets the numbers that a contiguous one gets.
        const contiguous = operators.torch.empty(this.weight.shape, {
          device: this.weight.device,
          dtype: this.weight.dtype,
        });
        this.weight.copy_(init.kaimingUniform_(contiguous, Math.sqrt(5)));
      }
    });
    if (this.bias) uniformByFanIn_(this.bias, this.weight);
  }

  /** The input with the border that the convolution's own zero padding cannot make. */
  protected padded(input: Tensor): Tensor {
    return operators.nn.pad(input, this.reversedPadding(), this.paddingMode);
  }

  private reversedPadding(): number[] {
    if (Array.isArray(this.padding)) return reverseRepeat(this.padding, 2);
    const same = this.padding === 'same';
    const totals = this.kernelSize.map((size, i) =>
      same ? (this.dilation[i] as number) * (size - 1) : 0,
    );
    return totals.toReversed().flatMap((total) => {
      const left = Math.floor(total / 2);
      return [left, total - left];
    });
  }

  override extraRepr(): string {
    let text = `${this.inChannels}, ${this.outChannels}`;
    text += `, kernel_size=${repr(this.kernelSize)}, stride=${repr(this.stride)}`;
    if (typeof this.padding === 'string') text += `, padding=${this.padding}`;
    else if (this.padding.some((p) => p !== 0)) text += `, padding=${repr(this.padding)}`;
    if (this.dilation.some((d) => d !== 1)) text += `, dilation=${repr(this.dilation)}`;
    if (this.outputPadding.some((p) => p !== 0)) {
      text += `, output_padding=${repr(this.outputPadding)}`;
    }
    if (this.groups !== 1) text += `, groups=${this.groups}`;
    if (this.bias === null) text += ', bias=False';
    if (this.paddingMode !== 'zeros') text += `, padding_mode=${this.paddingMode}`;
    return text;
  }
}

function convSignature(where: string): Signature<ConvArguments> {
  return new Signature<ConvArguments>(
    where,
    {
      inChannels: required,
      outChannels: required,
      kernelSize: required,
      stride: 1,
      padding: 0,
      dilation: 1,
      groups: 1,
      bias: true,
      paddingMode: 'zeros',
    },
    factoryDefaults,
  );
}

const conv1d = convSignature('nn.Conv1d');

/**
 * A 1D convolution over signals of several channels.
 *
 * The weights are drawn uniformly within one over the square root of the fan-in
 * (`inChannels / groups * kernelSize`).
 *
 * @param inChannels Channels of the input; a multiple of `groups`.
 * @param outChannels Channels of the output, one for each filter; a multiple of `groups`.
 * @param kernelSize How many elements of each channel a filter sees.
 *
 * Further arguments, by position or by name: {@link ConvOptions}.
 *
 * Shape: `(N, inChannels, L)` or `(inChannels, L)` to `(N, outChannels, M)` or `(outChannels, M)`
 * with `M = floor((L + 2 * padding - dilation * (kernelSize - 1) - 1) / stride + 1)`.
 *
 * State: `weight` `(outChannels, inChannels / groups, kernelSize)` and, with `bias`, `bias`
 * `(outChannels)`.
 *
 * @example
 * ```ts
 * const conv = new nn.Conv1d(16, 33, 3, { stride: 2 });
 * conv(torch.randn(20, 16, 50)).shape; // [20, 33, 24]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Conv1d.html
 */
export class Conv1d extends ConvNd {
  constructor(...args: ConvCall<Size1>) {
    super(conv1d.where, 1, conv1d.bind(args));
  }

  override forward(input: Tensor): Tensor {
    const { weight, bias, stride, dilation, groups } = this;
    if (this.paddingMode === 'zeros') {
      return operators.torch.conv1d(input, weight, bias, stride, this.padding, dilation, groups);
    }
    return operators.torch.conv1d(this.padded(input), weight, bias, stride, 0, dilation, groups);
  }
}

const conv2d = convSignature('nn.Conv2d');

/**
 * A 2D convolution over images of several channels.
 *
 * The weights are drawn uniformly within one over the square root of the fan-in
 * (`inChannels / groups * kernelSize[0] * kernelSize[1]`).
 *
 * @param inChannels Channels of the input; a multiple of `groups`.
 * @param outChannels Channels of the output, one for each filter; a multiple of `groups`.
 * @param kernelSize The height and width of a filter, or one number for both.
 *
 * Further arguments, by position or by name: {@link ConvOptions}.
 *
 * Shape: `(N, inChannels, H, W)` or `(inChannels, H, W)` to `(N, outChannels, P, Q)` or
 * `(outChannels, P, Q)`, each size as
 * `P = floor((H + 2 * padding - dilation * (kernelSize - 1) - 1) / stride + 1)`.
 *
 * State: `weight` `(outChannels, inChannels / groups, ...kernelSize)` and, with `bias`, `bias`
 * `(outChannels)`.
 *
 * @example
 * ```ts
 * const conv = new nn.Conv2d(16, 33, [3, 5], { stride: [2, 1], padding: [4, 2] });
 * conv(torch.randn(20, 16, 50, 100)).shape; // [20, 33, 28, 100]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Conv2d.html
 */
export class Conv2d extends ConvNd {
  constructor(...args: ConvCall<Size2>) {
    super(conv2d.where, 2, conv2d.bind(args));
  }

  override forward(input: Tensor): Tensor {
    const { weight, bias, stride, dilation, groups } = this;
    if (this.paddingMode === 'zeros') {
      return operators.torch.conv2d(input, weight, bias, stride, this.padding, dilation, groups);
    }
    return operators.torch.conv2d(this.padded(input), weight, bias, stride, 0, dilation, groups);
  }
}

const conv3d = convSignature('nn.Conv3d');

/**
 * A 3D convolution over volumes of several channels.
 *
 * The weights are drawn uniformly within one over the square root of the fan-in
 * (`inChannels / groups` times the kernel's volume).
 *
 * @param inChannels Channels of the input; a multiple of `groups`.
 * @param outChannels Channels of the output, one for each filter; a multiple of `groups`.
 * @param kernelSize The depth, height and width of a filter, or one number for all.
 *
 * Further arguments, by position or by name: {@link ConvOptions}.
 *
 * Shape: `(N, inChannels, D, H, W)` or `(inChannels, D, H, W)` to `(N, outChannels, O, P, Q)` or
 * `(outChannels, O, P, Q)`, each size as
 * `O = floor((D + 2 * padding - dilation * (kernelSize - 1) - 1) / stride + 1)`.
 *
 * State: `weight` `(outChannels, inChannels / groups, ...kernelSize)` and, with `bias`, `bias`
 * `(outChannels)`.
 *
 * @example
 * ```ts
 * const conv = new nn.Conv3d(16, 33, 3, { stride: 2 });
 * conv(torch.randn(20, 16, 10, 50, 100)).shape; // [20, 33, 4, 24, 49]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Conv3d.html
 */
export class Conv3d extends ConvNd {
  constructor(...args: ConvCall<Size3>) {
    super(conv3d.where, 3, conv3d.bind(args));
  }

  override forward(input: Tensor): Tensor {
    const { weight, bias, stride, dilation, groups } = this;
    if (this.paddingMode === 'zeros') {
      return operators.torch.conv3d(input, weight, bias, stride, this.padding, dilation, groups);
    }
    return operators.torch.conv3d(this.padded(input), weight, bias, stride, 0, dilation, groups);
  }
}

/** What the transposed convolutions share. */
abstract class ConvTransposeNd extends ConvNd {
  declare padding: number[];

  constructor(where: string, dimensions: number, given: ConvTransposeArguments) {
    if (given.paddingMode !== 'zeros') {
      throw new ValueError(`${where}: only the padding mode 'zeros' is supported`);
    }
    if (typeof given.padding === 'string') {
      throw new TypeError(`${where}: padding must be numbers, got '${given.padding}'`);
    }
    super(where, dimensions, given, given.outputPadding);
  }

  /** The output padding that makes the output as large as asked. */
  protected paddingFor(outputSize: readonly number[], input: Tensor): number[] {
    const dimensions = this.kernelSize.length;
    const inputShape = input.shape;
    const leading = inputShape.length === dimensions + 2 ? 2 : 1;
    const asked =
      outputSize.length === leading + dimensions ? outputSize.slice(leading) : outputSize;
    if (asked.length !== dimensions) {
      throw new ValueError(
        `ConvTranspose${dimensions}d: for ${inputShape.length}D input, outputSize must have ${dimensions} or ${leading + dimensions} elements, got ${outputSize.length}`,
      );
    }
    const least = this.kernelSize.map((size, d) => {
      const spread = ((inputShape[leading + d] as number) - 1) * (this.stride[d] as number);
      const kernel = (this.dilation[d] as number) * (size - 1) + 1;
      return spread - 2 * (this.padding[d] as number) + kernel;
    });
    const most = least.map((size, d) => size + (this.stride[d] as number) - 1);
    if (asked.some((size, d) => size < (least[d] as number) || size > (most[d] as number))) {
      throw new ValueError(
        `requested an output size of [${asked}], but valid sizes range from [${least}] to [${most}] (for an input of [${inputShape.slice(leading)}])`,
      );
    }
    return asked.map((size, d) => size - (least[d] as number));
  }
}

function convTransposeSignature(where: string): Signature<ConvTransposeArguments> {
  return new Signature<ConvTransposeArguments>(
    where,
    {
      inChannels: required,
      outChannels: required,
      kernelSize: required,
      stride: 1,
      padding: 0,
      outputPadding: 0,
      groups: 1,
      bias: true,
      dilation: 1,
      paddingMode: 'zeros',
    },
    factoryDefaults,
  );
}

const convTranspose1d = convTransposeSignature('nn.ConvTranspose1d');

/**
 * A 1D transposed convolution: the gradient of a {@link Conv1d} with respect to its input, used
 * forwards to enlarge signals.
 *
 * @param inChannels Channels of the input; a multiple of `groups`.
 * @param outChannels Channels of the output; a multiple of `groups`.
 * @param kernelSize Over how many elements each input is spread.
 *
 * Further arguments, by position or by name: {@link ConvTransposeOptions}.
 *
 * `forward(input, outputSize)` picks the output padding that gives an output of this size.
 *
 * Shape: `(N, inChannels, L)` or `(inChannels, L)` to `(N, outChannels, M)` or `(outChannels, M)`
 * with `M = (L - 1) * stride - 2 * padding + dilation * (kernelSize - 1) + outputPadding + 1`.
 *
 * State: `weight` `(inChannels, outChannels / groups, kernelSize)` and, with `bias`, `bias`
 * `(outChannels)`.
 *
 * @example
 * ```ts
 * const up = new nn.ConvTranspose1d(16, 33, 3, { stride: 2 });
 * up(torch.randn(20, 16, 50)).shape; // [20, 33, 101]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ConvTranspose1d.html
 */
export class ConvTranspose1d extends ConvTransposeNd {
  constructor(...args: ConvTransposeCall<Size1>) {
    super(convTranspose1d.where, 1, convTranspose1d.bind(args));
  }

  override forward(input: Tensor, outputSize?: readonly number[] | null): Tensor {
    return operators.torch.convTranspose1d(
      input,
      this.weight,
      this.bias,
      this.stride,
      this.padding,
      outputSize ? this.paddingFor(outputSize, input) : this.outputPadding,
      this.groups,
      this.dilation,
    );
  }
}

const convTranspose2d = convTransposeSignature('nn.ConvTranspose2d');

/**
 * A 2D transposed convolution: the gradient of a {@link Conv2d} with respect to its input, used
 * forwards to enlarge images.
 *
 * @param inChannels Channels of the input; a multiple of `groups`.
 * @param outChannels Channels of the output; a multiple of `groups`.
 * @param kernelSize The height and width over which each input is spread, or one number for both.
 *
 * Further arguments, by position or by name: {@link ConvTransposeOptions}.
 *
 * `forward(input, outputSize)` picks the output padding that gives an output of this size.
 *
 * Shape: `(N, inChannels, H, W)` or `(inChannels, H, W)` to `(N, outChannels, P, Q)` or
 * `(outChannels, P, Q)`, each size as
 * `P = (H - 1) * stride - 2 * padding + dilation * (kernelSize - 1) + outputPadding + 1`.
 *
 * State: `weight` `(inChannels, outChannels / groups, ...kernelSize)` and, with `bias`, `bias`
 * `(outChannels)`.
 *
 * @example
 * ```ts
 * const down = new nn.Conv2d(16, 16, 3, { stride: 2, padding: 1 });
 * const up = new nn.ConvTranspose2d(16, 16, 3, { stride: 2, padding: 1 });
 * const input = torch.randn(1, 16, 12, 12);
 * up(down(input), input.size()).shape; // [1, 16, 12, 12]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html
 */
export class ConvTranspose2d extends ConvTransposeNd {
  constructor(...args: ConvTransposeCall<Size2>) {
    super(convTranspose2d.where, 2, convTranspose2d.bind(args));
  }

  override forward(input: Tensor, outputSize?: readonly number[] | null): Tensor {
    return operators.torch.convTranspose2d(
      input,
      this.weight,
      this.bias,
      this.stride,
      this.padding,
      outputSize ? this.paddingFor(outputSize, input) : this.outputPadding,
      this.groups,
      this.dilation,
    );
  }
}

const convTranspose3d = convTransposeSignature('nn.ConvTranspose3d');

/**
 * A 3D transposed convolution: the gradient of a {@link Conv3d} with respect to its input, used
 * forwards to enlarge volumes.
 *
 * @param inChannels Channels of the input; a multiple of `groups`.
 * @param outChannels Channels of the output; a multiple of `groups`.
 * @param kernelSize The depth, height and width over which each input is spread, or one number
 *   for all.
 *
 * Further arguments, by position or by name: {@link ConvTransposeOptions}.
 *
 * `forward(input, outputSize)` picks the output padding that gives an output of this size.
 *
 * Shape: `(N, inChannels, D, H, W)` or `(inChannels, D, H, W)` to `(N, outChannels, O, P, Q)` or
 * `(outChannels, O, P, Q)`, each size as
 * `O = (D - 1) * stride - 2 * padding + dilation * (kernelSize - 1) + outputPadding + 1`.
 *
 * State: `weight` `(inChannels, outChannels / groups, ...kernelSize)` and, with `bias`, `bias`
 * `(outChannels)`.
 *
 * @example
 * ```ts
 * const up = new nn.ConvTranspose3d(16, 33, [3, 5, 2], { stride: [2, 1, 1], padding: [0, 4, 2] });
 * up(torch.randn(20, 16, 10, 50, 100)).shape; // [20, 33, 21, 46, 97]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ConvTranspose3d.html
 */
export class ConvTranspose3d extends ConvTransposeNd {
  constructor(...args: ConvTransposeCall<Size3>) {
    super(convTranspose3d.where, 3, convTranspose3d.bind(args));
  }

  override forward(input: Tensor, outputSize?: readonly number[] | null): Tensor {
    return operators.torch.convTranspose3d(
      input,
      this.weight,
      this.bias,
      this.stride,
      this.padding,
      outputSize ? this.paddingFor(outputSize, input) : this.outputPadding,
      this.groups,
      this.dilation,
    );
  }
}

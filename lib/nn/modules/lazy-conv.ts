import { ValueError } from '../../errors.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import {
  type FactoryOptions,
  factoryDefaults,
  type Size1,
  type Size2,
  type Size3,
} from '../common-types.js';
import { UninitializedParameter } from '../uninitialized.js';
import {
  Conv1d,
  Conv2d,
  Conv3d,
  type ConvOptions,
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  type ConvTransposeOptions,
  type PaddingMode,
} from './conv.js';
import { LazyModuleMixin } from './lazy.js';
import { checkCounts, checkTensor } from './utils.js';

type LazyConvCall<Size> = Call<
  [outChannels: number, kernelSize: Size],
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

type LazyConvTransposeCall<Size> = Call<
  [outChannels: number, kernelSize: Size],
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

interface LazyArguments<Size = unknown> extends FactoryOptions {
  outChannels: number;
  kernelSize: Size;
  bias: boolean;
}

const first = { outChannels: required, kernelSize: required, stride: 1, padding: 0 };

const convSignature = <Size>(name: string) =>
  new Signature<LazyArguments<Size>>(`nn.${name}`, {
    ...first,
    dilation: 1,
    groups: 1,
    bias: true,
    paddingMode: 'zeros',
    ...factoryDefaults,
  } as Partial<Record<keyof LazyArguments, unknown>>);

const convTransposeSignature = <Size>(name: string) =>
  new Signature<LazyArguments<Size>>(`nn.${name}`, {
    ...first,
    outputPadding: 0,
    groups: 1,
    bias: true,
    dilation: 1,
    paddingMode: 'zeros',
    ...factoryDefaults,
  } as Partial<Record<keyof LazyArguments, unknown>>);

type AnyConv = Conv1d | Conv2d | Conv3d | ConvTranspose1d | ConvTranspose2d | ConvTranspose3d;

/** The arguments that the class of the convolution takes by name. */
function rest({ kernelSize: _, ...options }: Omit<LazyArguments, 'outChannels' | 'bias'>) {
  return options;
}

/** Leaves a convolution that was made without channels to be initialized. */
function begin(conv: AnyConv, { outChannels, bias, device, dtype }: LazyArguments): void {
  checkCounts(`nn.${conv._getName()}`, { outChannels });
  if (outChannels % conv.groups !== 0) {
    throw new ValueError(
      `nn.${conv._getName()}: outChannels (${outChannels}) must be divisible by groups (${conv.groups})`,
    );
  }
  conv.weight = new UninitializedParameter({ device, dtype });
  conv.outChannels = outChannels;
  if (bias) conv.bias = new UninitializedParameter({ device, dtype });
}

/** Gives a convolution the shapes that go with its first input. */
function initialize(conv: AnyConv, input: Tensor): void {
  const { kernelSize, groups, outChannels, weight, bias } = conv;
  const name = conv._getName();
  checkTensor(`nn.${name}`, 'input', input);
  const { shape } = input;
  const unbatched = kernelSize.length + 1;
  if (shape.length !== unbatched && shape.length !== unbatched + 1) {
    throw new ValueError(
      `Expected ${unbatched}D (unbatched) or ${unbatched + 1}D (batched) input to ${name}, but got input of size: [${shape}]`,
    );
  }
  const inChannels = shape[shape.length - unbatched] as number;
  if (inChannels % groups !== 0) {
    throw new ValueError(
      `nn.${name}: the input's ${inChannels} channels must be divisible by groups (${groups})`,
    );
  }
  conv.inChannels = inChannels;
  const channels = conv.transposed
    ? [inChannels, outChannels / groups]
    : [outChannels, inChannels / groups];
  (weight as UninitializedParameter).materialize([...channels, ...kernelSize]);
  (bias as UninitializedParameter | null)?.materialize([outChannels]);
  conv.resetParameters();
}

const lazyConv1d = convSignature<Size1>('LazyConv1d');

/**
 * A {@link Conv1d} that takes the number of its input channels from its first input, and is a
 * {@link Conv1d} from then on.
 *
 * @param outChannels Channels of the output.
 * @param kernelSize The size of the kernel.
 *
 * Further arguments, by position or by name: {@link ConvOptions}.
 *
 * @example
 * ```ts
 * const conv = new nn.LazyConv1d(33, 3, { stride: 2 });
 * conv(torch.randn(20, 16, 50)).shape; // [20, 33, 24]
 * conv.inChannels; // 16
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LazyConv1d.html
 */
export class LazyConv1d extends LazyModuleMixin(Conv1d) {
  constructor(...args: LazyConvCall<Size1>) {
    const { outChannels, bias, ...given } = lazyConv1d.bind(args);
    super(0, 0, given.kernelSize, { ...rest(given), bias: false });
    begin(this, { outChannels, bias, ...given });
  }

  override get clsToBecome(): typeof Conv1d {
    return Conv1d;
  }

  override resetParameters(): void {
    if (!this.hasUninitializedParams() && this.inChannels !== 0) super.resetParameters();
  }

  override initializeParameters(input: Tensor): void {
    if (this.hasUninitializedParams()) initialize(this, input);
  }
}

const lazyConv2d = convSignature<Size2>('LazyConv2d');

/**
 * A {@link Conv2d} that takes the number of its input channels from its first input, and is a
 * {@link Conv2d} from then on.
 *
 * @param outChannels Channels of the output.
 * @param kernelSize The size of the kernel.
 *
 * Further arguments, by position or by name: {@link ConvOptions}.
 *
 * @example
 * ```ts
 * const conv = new nn.LazyConv2d(33, 3, { stride: 2 });
 * conv(torch.randn(20, 16, 50, 100)).shape; // [20, 33, 24, 49]
 * conv.inChannels; // 16
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LazyConv2d.html
 */
export class LazyConv2d extends LazyModuleMixin(Conv2d) {
  constructor(...args: LazyConvCall<Size2>) {
    const { outChannels, bias, ...given } = lazyConv2d.bind(args);
    super(0, 0, given.kernelSize, { ...rest(given), bias: false });
    begin(this, { outChannels, bias, ...given });
  }

  override get clsToBecome(): typeof Conv2d {
    return Conv2d;
  }

  override resetParameters(): void {
    if (!this.hasUninitializedParams() && this.inChannels !== 0) super.resetParameters();
  }

  override initializeParameters(input: Tensor): void {
    if (this.hasUninitializedParams()) initialize(this, input);
  }
}

const lazyConv3d = convSignature<Size3>('LazyConv3d');

/**
 * A {@link Conv3d} that takes the number of its input channels from its first input, and is a
 * {@link Conv3d} from then on.
 *
 * @param outChannels Channels of the output.
 * @param kernelSize The size of the kernel.
 *
 * Further arguments, by position or by name: {@link ConvOptions}.
 *
 * @example
 * ```ts
 * const conv = new nn.LazyConv3d(33, 3, { stride: 2 });
 * conv(torch.randn(2, 16, 8, 9, 10)).shape; // [2, 33, 3, 4, 4]
 * conv.inChannels; // 16
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LazyConv3d.html
 */
export class LazyConv3d extends LazyModuleMixin(Conv3d) {
  constructor(...args: LazyConvCall<Size3>) {
    const { outChannels, bias, ...given } = lazyConv3d.bind(args);
    super(0, 0, given.kernelSize, { ...rest(given), bias: false });
    begin(this, { outChannels, bias, ...given });
  }

  override get clsToBecome(): typeof Conv3d {
    return Conv3d;
  }

  override resetParameters(): void {
    if (!this.hasUninitializedParams() && this.inChannels !== 0) super.resetParameters();
  }

  override initializeParameters(input: Tensor): void {
    if (this.hasUninitializedParams()) initialize(this, input);
  }
}

const lazyConvTranspose1d = convTransposeSignature<Size1>('LazyConvTranspose1d');

/**
 * A {@link ConvTranspose1d} that takes the number of its input channels from its first input, and is a
 * {@link ConvTranspose1d} from then on.
 *
 * @param outChannels Channels of the output.
 * @param kernelSize The size of the kernel.
 *
 * Further arguments, by position or by name: {@link ConvTransposeOptions}.
 *
 * @example
 * ```ts
 * const conv = new nn.LazyConvTranspose1d(33, 3, { stride: 2 });
 * conv(torch.randn(20, 16, 50)).shape; // [20, 33, 101]
 * conv.inChannels; // 16
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LazyConvTranspose1d.html
 */
export class LazyConvTranspose1d extends LazyModuleMixin(ConvTranspose1d) {
  constructor(...args: LazyConvTransposeCall<Size1>) {
    const { outChannels, bias, ...given } = lazyConvTranspose1d.bind(args);
    super(0, 0, given.kernelSize, { ...rest(given), bias: false });
    begin(this, { outChannels, bias, ...given });
  }

  override get clsToBecome(): typeof ConvTranspose1d {
    return ConvTranspose1d;
  }

  override resetParameters(): void {
    if (!this.hasUninitializedParams() && this.inChannels !== 0) super.resetParameters();
  }

  override initializeParameters(input: Tensor): void {
    if (this.hasUninitializedParams()) initialize(this, input);
  }
}

const lazyConvTranspose2d = convTransposeSignature<Size2>('LazyConvTranspose2d');

/**
 * A {@link ConvTranspose2d} that takes the number of its input channels from its first input, and is a
 * {@link ConvTranspose2d} from then on.
 *
 * @param outChannels Channels of the output.
 * @param kernelSize The size of the kernel.
 *
 * Further arguments, by position or by name: {@link ConvTransposeOptions}.
 *
 * @example
 * ```ts
 * const conv = new nn.LazyConvTranspose2d(33, 3, { stride: 2 });
 * conv(torch.randn(20, 16, 50, 100)).shape; // [20, 33, 101, 201]
 * conv.inChannels; // 16
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LazyConvTranspose2d.html
 */
export class LazyConvTranspose2d extends LazyModuleMixin(ConvTranspose2d) {
  constructor(...args: LazyConvTransposeCall<Size2>) {
    const { outChannels, bias, ...given } = lazyConvTranspose2d.bind(args);
    super(0, 0, given.kernelSize, { ...rest(given), bias: false });
    begin(this, { outChannels, bias, ...given });
  }

  override get clsToBecome(): typeof ConvTranspose2d {
    return ConvTranspose2d;
  }

  override resetParameters(): void {
    if (!this.hasUninitializedParams() && this.inChannels !== 0) super.resetParameters();
  }

  override initializeParameters(input: Tensor): void {
    if (this.hasUninitializedParams()) initialize(this, input);
  }
}

const lazyConvTranspose3d = convTransposeSignature<Size3>('LazyConvTranspose3d');

/**
 * A {@link ConvTranspose3d} that takes the number of its input channels from its first input, and is a
 * {@link ConvTranspose3d} from then on.
 *
 * @param outChannels Channels of the output.
 * @param kernelSize The size of the kernel.
 *
 * Further arguments, by position or by name: {@link ConvTransposeOptions}.
 *
 * @example
 * ```ts
 * const conv = new nn.LazyConvTranspose3d(33, 3, { stride: 2 });
 * conv(torch.randn(2, 16, 8, 9, 10)).shape; // [2, 33, 17, 19, 21]
 * conv.inChannels; // 16
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LazyConvTranspose3d.html
 */
export class LazyConvTranspose3d extends LazyModuleMixin(ConvTranspose3d) {
  constructor(...args: LazyConvTransposeCall<Size3>) {
    const { outChannels, bias, ...given } = lazyConvTranspose3d.bind(args);
    super(0, 0, given.kernelSize, { ...rest(given), bias: false });
    begin(this, { outChannels, bias, ...given });
  }

  override get clsToBecome(): typeof ConvTranspose3d {
    return ConvTranspose3d;
  }

  override resetParameters(): void {
    if (!this.hasUninitializedParams() && this.inChannels !== 0) super.resetParameters();
  }

  override initializeParameters(input: Tensor): void {
    if (this.hasUninitializedParams()) initialize(this, input);
  }
}

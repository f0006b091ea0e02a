import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import { repr } from '../../python-repr.js';
import type { Tensor } from '../../tensor.js';
import type { OptionalSize2, OptionalSize3, Size1, Size2, Size3 } from '../common-types.js';
import type { Pooled } from '../functional/max-pooling.js';
import type { AdaptiveMaxPoolOptions, LPPoolOptions } from '../functional/pooling.js';
import * as pooling from '../functional/pooling.js';
import { Module } from './module.js';
import { checkOutputSize, checkSize, ntuple, sizeOrDefault } from './utils.js';

type Sizes = number | readonly number[];

/** What an average pooling takes after its required arguments. */
export interface AvgPoolOptions<Size> {
  /** How far the window moves. Default: its own size. */
  stride?: Size | null;
  /** Zeros on both sides of each dimension, at most half the window. Default: 0. */
  padding?: Size;
  /** Whether the output's size is rounded up, so that the last window may overhang. Default: false. */
  ceilMode?: boolean;
  /** Whether the padding counts in the mean. Default: true. */
  countIncludePad?: boolean;
}

/** What {@link AvgPool2d} and {@link AvgPool3d} take after their required arguments. */
export interface AvgPoolNdOptions<Size> extends AvgPoolOptions<Size> {
  /** What the sum is divided by instead of the window's size. Default: null. */
  divisorOverride?: number | null;
}

type AvgPoolNdCall<Size> = Call<
  [kernelSize: Size],
  [
    stride: Size | null,
    padding: Size,
    ceilMode: boolean,
    countIncludePad: boolean,
    divisorOverride: number | null,
  ],
  AvgPoolNdOptions<Size>
>;

interface AvgPoolArguments<Size extends Sizes> {
  kernelSize: Size;
  stride: Size | null;
  padding: Size;
  ceilMode: boolean;
  countIncludePad: boolean;
  divisorOverride: number | null;
}

const averageDefaults = {
  kernelSize: required,
  stride: null,
  padding: 0,
  ceilMode: false,
  countIncludePad: true,
};

/** What the average poolings share. */
abstract class AvgPoolNd<Size extends Sizes> extends Module {
  kernelSize: Size;
  stride: Size;
  padding: Size;
  ceilMode: boolean;
  countIncludePad: boolean;

  constructor(
    where: string,
    dimensions: number,
    given: Omit<AvgPoolArguments<Size>, 'divisorOverride'>,
  ) {
    super();
    this.kernelSize = given.kernelSize;
    this.stride = given.stride ?? given.kernelSize;
    this.padding = given.padding;
    this.ceilMode = given.ceilMode;
    this.countIncludePad = given.countIncludePad;
    const { kernelSize, stride, padding } = this;
    for (const [name, size] of Object.entries({ kernelSize, stride, padding })) {
      checkSize(where, name, size, dimensions);
    }
  }

  override extraRepr(): string {
    return `kernel_size=${repr(this.kernelSize)}, stride=${repr(this.stride)}, padding=${repr(this.padding)}`;
  }
}

const avgPool1d = new Signature<Omit<AvgPoolArguments<Size1>, 'divisorOverride'>>(
  'nn.AvgPool1d',
  averageDefaults,
);

/**
 * The mean of each window of signals.
 *
 * @param kernelSize The window's size.
 *
 * Further arguments, by position or by name: {@link AvgPoolOptions}.
 *
 * Shape: `(N, C, L)` or `(C, L)` to `(N, C, M)` or `(C, M)` with
 * `M = floor((L + 2 * padding - kernelSize) / stride + 1)`.
 *
 * @example
 * ```ts
 * const pool = new nn.AvgPool1d(3, { stride: 2 });
 * pool(torch.tensor([[[1, 2, 3, 4, 5, 6, 7]]])).tolist(); // [[[2, 4, 6]]]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.AvgPool1d.html
 */
export class AvgPool1d extends AvgPoolNd<number[]> {
  constructor(
    ...args: Call<
      [kernelSize: Size1],
      [stride: Size1 | null, padding: Size1, ceilMode: boolean, countIncludePad: boolean],
      AvgPoolOptions<Size1>
    >
  ) {
    const { where } = avgPool1d;
    const given = avgPool1d.bind(args);
    super(where, 1, {
      ...given,
      kernelSize: ntuple(where, 'kernelSize', given.kernelSize, 1),
      stride: ntuple(where, 'stride', given.stride ?? given.kernelSize, 1),
      padding: ntuple(where, 'padding', given.padding, 1),
    });
  }

  override forward(input: Tensor): Tensor {
    const { kernelSize, stride, padding, ceilMode, countIncludePad } = this;
    return operators.torch.avgPool1d(input, kernelSize, stride, padding, ceilMode, countIncludePad);
  }
}

const avgPool2d = new Signature<AvgPoolArguments<Size2>>('nn.AvgPool2d', {
  ...averageDefaults,
  divisorOverride: null,
});

/**
 * The mean of each window of images.
 *
 * @param kernelSize The window's size, one number for both dimensions or one for each.
 *
 * Further arguments, by position or by name: {@link AvgPoolNdOptions}.
 *
 * Shape: `(N, C, H, W)` or `(C, H, W)` to `(N, C, P, Q)` or `(C, P, Q)`, each size as
 * `P = floor((H + 2 * padding - kernelSize) / stride + 1)`.
 *
 * @example
 * ```ts
 * const pool = new nn.AvgPool2d([3, 2], { stride: [2, 1] });
 * pool(torch.randn(20, 16, 50, 32)).shape; // [20, 16, 24, 31]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html
 */
export class AvgPool2d extends AvgPoolNd<Size2> {
  divisorOverride: number | null;

  constructor(...args: AvgPoolNdCall<Size2>) {
    const given = avgPool2d.bind(args);
    super(avgPool2d.where, 2, given);
    this.divisorOverride = given.divisorOverride;
  }

  override forward(input: Tensor): Tensor {
    return operators.nn.avgPool2d(
      input,
      this.kernelSize,
      this.stride,
      this.padding,
      this.ceilMode,
      this.countIncludePad,
      this.divisorOverride,
    );
  }
}

const avgPool3d = new Signature<AvgPoolArguments<Size3>>('nn.AvgPool3d', {
  ...averageDefaults,
  divisorOverride: null,
});

/**
 * The mean of each window of volumes.
 *
 * @param kernelSize The window's size, one number for all dimensions or one for each.
 *
 * Further arguments, by position or by name: {@link AvgPoolNdOptions}.
 *
 * Shape: `(N, C, D, H, W)` or `(C, D, H, W)` to `(N, C, O, P, Q)` or `(C, O, P, Q)`, each size as
 * `P = floor((H + 2 * padding - kernelSize) / stride + 1)`.
 *
 * @example
 * ```ts
 * const pool = new nn.AvgPool3d(3, { stride: 2 });
 * pool(torch.randn(20, 16, 50, 44, 31)).shape; // [20, 16, 24, 21, 15]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.AvgPool3d.html
 */
export class AvgPool3d extends AvgPoolNd<Size3> {
  divisorOverride: number | null;

  constructor(...args: AvgPoolNdCall<Size3>) {
    const given = avgPool3d.bind(args);
    super(avgPool3d.where, 3, given);
    this.divisorOverride = given.divisorOverride;
  }

  override forward(input: Tensor): Tensor {
    return operators.nn.avgPool3d(
      input,
      this.kernelSize,
      this.stride,
      this.padding,
      this.ceilMode,
      this.countIncludePad,
      this.divisorOverride,
    );
  }
}

type LPPoolCall<Size> = Call<
  [normType: number, kernelSize: Size],
  [stride: Size | null, ceilMode: boolean],
  LPPoolOptions<Size>
>;

interface LPPoolArguments<Size> {
  normType: number;
  kernelSize: Size;
  stride: Size | null;
  ceilMode: boolean;
}

/** What the Lp poolings share. */
abstract class LPPoolNd<Size extends Sizes> extends Module {
  normType: number;
  kernelSize: Size;
  stride: Size | null;
  ceilMode: boolean;

  constructor(dimensions: number, args: LPPoolCall<Size>) {
    super();
    const where = `nn.LPPool${dimensions}d`;
    const signature = new Signature<LPPoolArguments<Size>>(where, {
      normType: required,
      kernelSize: required,
      stride: null,
      ceilMode: false,
    });
    const { normType, kernelSize, stride, ceilMode } = signature.bind(args);
    checkSize(where, 'kernelSize', kernelSize, dimensions);
    if (stride !== null) checkSize(where, 'stride', stride, dimensions);
    this.normType = normType;
    this.kernelSize = kernelSize;
    this.stride = stride;
    this.ceilMode = ceilMode;
  }

  override extraRepr(): string {
    return `norm_type=${repr(this.normType)}, kernel_size=${repr(this.kernelSize)}, stride=${repr(this.stride)}, ceil_mode=${repr(this.ceilMode)}`;
  }
}

/**
 * The p-norm of each window of signals: the root of the sum of its elements' powers. A norm of
 * infinity is the maximum of the magnitudes.
 *
 * @param normType The power p.
 * @param kernelSize The window's size.
 *
 * Further arguments, by position or by name: {@link LPPoolOptions}.
 *
 * Shape: `(N, C, L)` or `(C, L)` to `(N, C, M)` or `(C, M)`, each size as
 * `M = floor((L - kernelSize) / stride + 1)`.
 *
 * @example
 * ```ts
 * const pool = new nn.LPPool1d(2, 3, { stride: 2 });
 * pool(torch.randn(20, 16, 50)).shape; // [20, 16, 24]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LPPool1d.html
 */
export class LPPool1d extends LPPoolNd<Size1> {
  constructor(...args: LPPoolCall<Size1>) {
    super(1, args);
  }

  override forward(input: Tensor): Tensor {
    return pooling.lpPool1d(input, this.normType, this.kernelSize, this.stride, this.ceilMode);
  }
}

/**
 * The p-norm of each window of images: the root of the sum of its elements' powers. A norm of
 * infinity is the maximum of the magnitudes.
 *
 * @param normType The power p.
 * @param kernelSize The window's size, one number for both dimensions or one for each.
 *
 * Further arguments, by position or by name: {@link LPPoolOptions}.
 *
 * Shape: `(N, C, H, W)` or `(C, H, W)` to `(N, C, P, Q)` or `(C, P, Q)`, each size as
 * `P = floor((H - kernelSize) / stride + 1)`.
 *
 * @example
 * ```ts
 * const pool = new nn.LPPool2d(1.2, [3, 2], { stride: [2, 1] });
 * pool(torch.randn(20, 16, 50, 32)).shape; // [20, 16, 24, 31]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LPPool2d.html
 */
export class LPPool2d extends LPPoolNd<Size2> {
  constructor(...args: LPPoolCall<Size2>) {
    super(2, args);
  }

  override forward(input: Tensor): Tensor {
    return pooling.lpPool2d(input, this.normType, this.kernelSize, this.stride, this.ceilMode);
  }
}

/**
 * The p-norm of each window of volumes: the root of the sum of its elements' powers. A norm of
 * infinity is the maximum of the magnitudes.
 *
 * @param normType The power p.
 * @param kernelSize The window's size, one number for all dimensions or one for each.
 *
 * Further arguments, by position or by name: {@link LPPoolOptions}.
 *
 * Shape: `(N, C, D, H, W)` or `(C, D, H, W)` to `(N, C, O, P, Q)` or `(C, O, P, Q)`, each size as
 * `P = floor((H - kernelSize) / stride + 1)`.
 *
 * @example
 * ```ts
 * const pool = new nn.LPPool3d(2, 3, { stride: 2 });
 * pool(torch.randn(20, 16, 50, 44, 31)).shape; // [20, 16, 24, 21, 15]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LPPool3d.html
 */
export class LPPool3d extends LPPoolNd<Size3> {
  constructor(...args: LPPoolCall<Size3>) {
    super(3, args);
  }

  override forward(input: Tensor): Tensor {
    return pooling.lpPool3d(input, this.normType, this.kernelSize, this.stride, this.ceilMode);
  }
}

type AdaptiveMaxPoolCall<Size, Indices> = Call<
  [outputSize: Size],
  [returnIndices: Indices],
  AdaptiveMaxPoolOptions<Indices>
>;

interface AdaptiveMaxPoolArguments<Size> {
  outputSize: Size;
  returnIndices: boolean;
}

/** What the adaptive maximum poolings share. */
abstract class AdaptiveMaxPoolNd<Size, Indices extends boolean> extends Module {
  outputSize: Size;
  returnIndices: boolean;

  constructor(dimensions: number, args: AdaptiveMaxPoolCall<Size, Indices>) {
    super();
    const signature = new Signature<AdaptiveMaxPoolArguments<Size>>(
      `nn.AdaptiveMaxPool${dimensions}d`,
      { outputSize: required, returnIndices: false },
    );
    const { outputSize, returnIndices } = signature.bind(args);
    checkOutputSize(signature.where, outputSize, dimensions);
    this.outputSize = outputSize;
    this.returnIndices = returnIndices;
  }

  override extraRepr(): string {
    return `output_size=${repr(this.outputSize)}`;
  }
}

/**
 * The maxima of as many windows of signals as asked for, whatever the input's size.
 *
 * @param outputSize How many elements come out of each channel.
 * @param returnIndices Whether the places of the maxima come too. Default: false.
 *
 * Shape: `(N, C, L)` or `(C, L)` to `(N, C, outputSize)` or `(C, outputSize)`.
 *
 * @example
 * ```ts
 * const pool = new nn.AdaptiveMaxPool1d(5);
 * pool(torch.randn(1, 64, 8)).shape; // [1, 64, 5]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool1d.html
 */
export class AdaptiveMaxPool1d<Indices extends boolean = false> extends AdaptiveMaxPoolNd<
  Size1,
  Indices
> {
  constructor(...args: AdaptiveMaxPoolCall<Size1, Indices>) {
    super(1, args);
  }

  override forward(input: Tensor): Pooled<Indices> {
    return pooling.adaptiveMaxPool1d(input, this.outputSize, this.returnIndices as Indices);
  }
}

/**
 * The maxima of as many windows of images as asked for, whatever the input's size.
 *
 * @param outputSize The size of each output, or one number for both dimensions; null keeps the input's.
 * @param returnIndices Whether the places of the maxima come too. Default: false.
 *
 * Shape: `(N, C, H, W)` or `(C, H, W)` to `(N, C, ...outputSize)` or `(C, ...outputSize)`.
 *
 * @example
 * ```ts
 * const pool = new nn.AdaptiveMaxPool2d([5, null]);
 * pool(torch.randn(1, 64, 8, 9)).shape; // [1, 64, 5, 9]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool2d.html
 */
export class AdaptiveMaxPool2d<Indices extends boolean = false> extends AdaptiveMaxPoolNd<
  OptionalSize2,
  Indices
> {
  constructor(...args: AdaptiveMaxPoolCall<OptionalSize2, Indices>) {
    super(2, args);
  }

  override forward(input: Tensor): Pooled<Indices> {
    return pooling.adaptiveMaxPool2d(input, this.outputSize, this.returnIndices as Indices);
  }
}

/**
 * The maxima of as many windows of volumes as asked for, whatever the input's size.
 *
 * @param outputSize The size of each output, or one number for all dimensions; null keeps the input's.
 * @param returnIndices Whether the places of the maxima come too. Default: false.
 *
 * Shape: `(N, C, D, H, W)` or `(C, D, H, W)` to `(N, C, ...outputSize)` or `(C, ...outputSize)`.
 *
 * @example
 * ```ts
 * const pool = new nn.AdaptiveMaxPool3d([7, null, null]);
 * pool(torch.randn(1, 64, 8, 9, 10)).shape; // [1, 64, 7, 9, 10]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool3d.html
 */
export class AdaptiveMaxPool3d<Indices extends boolean = false> extends AdaptiveMaxPoolNd<
  OptionalSize3,
  Indices
> {
  constructor(...args: AdaptiveMaxPoolCall<OptionalSize3, Indices>) {
    super(3, args);
  }

  override forward(input: Tensor): Pooled<Indices> {
    return pooling.adaptiveMaxPool3d(input, this.outputSize, this.returnIndices as Indices);
  }
}

/** What the adaptive average poolings share. */
abstract class AdaptiveAvgPoolNd<Size> extends Module {
  outputSize: Size;

  constructor(dimensions: number, args: Call<[outputSize: Size], [], never>) {
    super();
    const signature = new Signature<{ outputSize: Size }>(`nn.AdaptiveAvgPool${dimensions}d`, {
      outputSize: required,
    });
    const { outputSize } = signature.bind(args);
    checkOutputSize(signature.where, outputSize, dimensions);
    this.outputSize = outputSize;
  }

  override extraRepr(): string {
    return `output_size=${repr(this.outputSize)}`;
  }
}

/**
 * The means of as many windows of signals as asked for, whatever the input's size.
 *
 * @param outputSize How many elements come out of each channel.
 *
 * Shape: `(N, C, L)` or `(C, L)` to `(N, C, outputSize)` or `(C, outputSize)`.
 *
 * @example
 * ```ts
 * const pool = new nn.AdaptiveAvgPool1d(5);
 * pool(torch.randn(1, 64, 8)).shape; // [1, 64, 5]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool1d.html
 */
export class AdaptiveAvgPool1d extends AdaptiveAvgPoolNd<Size1> {
  constructor(outputSize: Size1) {
    super(1, [outputSize]);
  }

  override forward(input: Tensor): Tensor {
    return operators.torch.adaptiveAvgPool1d(input, this.outputSize);
  }
}

/**
 * The means of as many windows of images as asked for, whatever the input's size.
 *
 * @param outputSize The size of each output, or one number for both dimensions; null keeps the input's.
 *
 * Shape: `(N, C, H, W)` or `(C, H, W)` to `(N, C, ...outputSize)` or `(C, ...outputSize)`.
 *
 * @example
 * ```ts
 * const pool = new nn.AdaptiveAvgPool2d([5, null]);
 * pool(torch.randn(1, 64, 8, 9)).shape; // [1, 64, 5, 9]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html
 */
export class AdaptiveAvgPool2d extends AdaptiveAvgPoolNd<OptionalSize2> {
  constructor(outputSize: OptionalSize2) {
    super(2, [outputSize]);
  }

  override forward(input: Tensor): Tensor {
    const { outputSize } = this;
    const size =
      typeof outputSize === 'number' ? outputSize : sizeOrDefault(outputSize, input.shape, 2);
    return operators.nn.adaptiveAvgPool2d(input, size);
  }
}

/**
 * The means of as many windows of volumes as asked for, whatever the input's size.
 *
 * @param outputSize The size of each output, or one number for all dimensions; null keeps the input's.
 *
 * Shape: `(N, C, D, H, W)` or `(C, D, H, W)` to `(N, C, ...outputSize)` or `(C, ...outputSize)`.
 *
 * @example
 * ```ts
 * const pool = new nn.AdaptiveAvgPool3d([7, null, null]);
 * pool(torch.randn(1, 64, 8, 9, 10)).shape; // [1, 64, 7, 9, 10]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool3d.html
 */
export class AdaptiveAvgPool3d extends AdaptiveAvgPoolNd<OptionalSize3> {
  constructor(outputSize: OptionalSize3) {
    super(3, [outputSize]);
  }

  override forward(input: Tensor): Tensor {
    const { outputSize } = this;
    const size =
      typeof outputSize === 'number' ? outputSize : sizeOrDefault(outputSize, input.shape, 3);
    return operators.nn.adaptiveAvgPool3d(input, size);
  }
}

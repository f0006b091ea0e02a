import { describe } from '../../describe.js';
import { ValueError } from '../../errors.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import { repr } from '../../python-repr.js';
import type { Tensor } from '../../tensor.js';
import type { Size1, Size2, Size3 } from '../common-types.js';
import type { FractionalMaxPoolOptions } from '../functional/fractional-pooling.js';
import * as fractional from '../functional/fractional-pooling.js';
import type { MaxPoolOptions, MaxUnpoolOptions, Pooled } from '../functional/max-pooling.js';
import * as pooling from '../functional/max-pooling.js';
import { Buffer } from '../parameter.js';
import { Module } from './module.js';
import { checkSize, ntuple } from './utils.js';

type Sizes = number | readonly number[];

type MaxPoolCall<Size, Indices> = Call<
  [kernelSize: Size],
  [stride: Size | null, padding: Size, dilation: Size, returnIndices: Indices, ceilMode: boolean],
  MaxPoolOptions<Size, Indices>
>;

interface MaxPoolArguments<Size> {
  kernelSize: Size;
  stride: Size | null;
  padding: Size;
  dilation: Size;
  returnIndices: boolean;
  ceilMode: boolean;
}

/** What the maximum poolings share. */
abstract class MaxPoolNd<Size extends Sizes, Indices extends boolean> extends Module {
  kernelSize: Size;
  stride: Size;
  padding: Size;
  dilation: Size;
  returnIndices: boolean;
  ceilMode: boolean;

  constructor(dimensions: number, args: MaxPoolCall<Size, Indices>) {
    super();
    const where = `nn.MaxPool${dimensions}d`;
    const signature = new Signature<MaxPoolArguments<Size>>(where, {
      kernelSize: required,
      stride: null,
      padding: 0,
      dilation: 1,
      returnIndices: false,
      ceilMode: false,
    });
    const given = signature.bind(args);
    this.kernelSize = given.kernelSize;
    this.stride = given.stride ?? given.kernelSize;
    this.padding = given.padding;
    this.dilation = given.dilation;
    this.returnIndices = given.returnIndices;
    this.ceilMode = given.ceilMode;
    const { kernelSize, stride, padding, dilation } = this;
    for (const [name, size] of Object.entries({ kernelSize, stride, padding, dilation })) {
      checkSize(where, name, size, dimensions);
    }
  }

  override extraRepr(): string {
    return `kernel_size=${repr(this.kernelSize)}, stride=${repr(this.stride)}, padding=${repr(this.padding)}, dilation=${repr(this.dilation)}, ceil_mode=${repr(this.ceilMode)}`;
  }
}

/**
 * The maximum of each window of signals.
 *
 * @param kernelSize The window's size.
 *
 * Further arguments, by position or by name: {@link MaxPoolOptions}. By position they stand in
 * PyTorch's order: stride, padding, dilation, returnIndices, ceilMode.
 *
 * Shape: `(N, C, L)` or `(C, L)` to `(N, C, M)` or `(C, M)`, each size as
 * `M = floor((L + 2 * padding - dilation * (kernelSize - 1) - 1) / stride + 1)`.
 *
 * @example
 * ```ts
 * const pool = new nn.MaxPool1d(3, { stride: 2 });
 * pool(torch.randn(20, 16, 50)).shape; // [20, 16, 24]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.MaxPool1d.html
 */
export class MaxPool1d<Indices extends boolean = false> extends MaxPoolNd<Size1, Indices> {
  constructor(...args: MaxPoolCall<Size1, Indices>) {
    super(1, args);
  }

  override forward(input: Tensor): Pooled<Indices> {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    const { torch } = operators;
    const result = this.returnIndices
      ? torch.maxPool1dWithIndices(input, kernelSize, stride, padding, dilation, ceilMode)
      : torch.maxPool1d(input, kernelSize, stride, padding, dilation, ceilMode);
    return result as Pooled<Indices>;
  }
}

/**
 * The maximum of each window of images.
 *
 * @param kernelSize The window's size, one number for both dimensions or one for each.
 *
 * Further arguments, by position or by name: {@link MaxPoolOptions}. By position they stand in
 * PyTorch's order: stride, padding, dilation, returnIndices, ceilMode.
 *
 * Shape: `(N, C, H, W)` or `(C, H, W)` to `(N, C, P, Q)` or `(C, P, Q)`, each size as
 * `P = floor((H + 2 * padding - dilation * (kernelSize - 1) - 1) / stride + 1)`.
 *
 * @example
 * ```ts
 * const pool = new nn.MaxPool2d([3, 2], { stride: [2, 1] });
 * pool(torch.randn(20, 16, 50, 32)).shape; // [20, 16, 24, 31]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html
 */
export class MaxPool2d<Indices extends boolean = false> extends MaxPoolNd<Size2, Indices> {
  constructor(...args: MaxPoolCall<Size2, Indices>) {
    super(2, args);
  }

  override forward(input: Tensor): Pooled<Indices> {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    const { torch, nn } = operators;
    const result = this.returnIndices
      ? nn.maxPool2dWithIndices(input, kernelSize, stride, padding, dilation, ceilMode)
      : torch.maxPool2d(input, kernelSize, stride, padding, dilation, ceilMode);
    return result as Pooled<Indices>;
  }
}

/**
 * The maximum of each window of volumes.
 *
 * @param kernelSize The window's size, one number for all dimensions or one for each.
 *
 * Further arguments, by position or by name: {@link MaxPoolOptions}. By position they stand in
 * PyTorch's order: stride, padding, dilation, returnIndices, ceilMode.
 *
 * Shape: `(N, C, D, H, W)` or `(C, D, H, W)` to `(N, C, O, P, Q)` or `(C, O, P, Q)`, each size as
 * `P = floor((H + 2 * padding - dilation * (kernelSize - 1) - 1) / stride + 1)`.
 *
 * @example
 * ```ts
 * const pool = new nn.MaxPool3d(3, { stride: 2 });
 * pool(torch.randn(20, 16, 50, 44, 31)).shape; // [20, 16, 24, 21, 15]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.MaxPool3d.html
 */
export class MaxPool3d<Indices extends boolean = false> extends MaxPoolNd<Size3, Indices> {
  constructor(...args: MaxPoolCall<Size3, Indices>) {
    super(3, args);
  }

  override forward(input: Tensor): Pooled<Indices> {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    const { torch, nn } = operators;
    const result = this.returnIndices
      ? nn.maxPool3dWithIndices(input, kernelSize, stride, padding, dilation, ceilMode)
      : torch.maxPool3d(input, kernelSize, stride, padding, dilation, ceilMode);
    return result as Pooled<Indices>;
  }
}

type MaxUnpoolCall<Size> = Call<
  [kernelSize: Size],
  [stride: Size | null, padding: Size],
  Omit<MaxUnpoolOptions<Size>, 'outputSize'>
>;

interface MaxUnpoolArguments {
  kernelSize: Sizes;
  stride: Sizes | null;
  padding: Sizes;
}

/** What the unpoolings share. */
abstract class MaxUnpoolNd extends Module {
  kernelSize: number[];
  stride: number[];
  padding: number[];

  constructor(dimensions: number, args: readonly unknown[]) {
    super();
    const where = `nn.MaxUnpool${dimensions}d`;
    const signature = new Signature<MaxUnpoolArguments>(where, {
      kernelSize: required,
      stride: null,
      padding: 0,
    });
    const { kernelSize, stride, padding } = signature.bind(args);
    this.kernelSize = ntuple(where, 'kernelSize', kernelSize, dimensions);
    this.stride = ntuple(where, 'stride', stride ?? kernelSize, dimensions);
    this.padding = ntuple(where, 'padding', padding, dimensions);
  }

  override extraRepr(): string {
    return `kernel_size=${repr(this.kernelSize)}, stride=${repr(this.stride)}, padding=${repr(this.padding)}`;
  }
}

/**
 * Undoes {@link MaxPool1d} as far as it can be: each maximum goes back to its place, all else is 0.
 *
 * @param kernelSize The pooling's window.
 * @param stride How far that window moved. Default: its own size.
 * @param padding The padding that the pooling added. Default: 0.
 *
 * `forward(input, indices, outputSize)` takes what the pooling with `returnIndices` gave and,
 * where several sizes pool to the same, the one wanted.
 *
 * Shape: as the pooling's, from its output to its input.
 *
 * @example
 * ```ts
 * const pool = new nn.MaxPool1d(2, { returnIndices: true });
 * const unpool = new nn.MaxUnpool1d(2);
 * const [output, indices] = pool(torch.randn(1, 1, 8));
 * unpool(output, indices).shape; // [1, 1, 8]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.MaxUnpool1d.html
 */
export class MaxUnpool1d extends MaxUnpoolNd {
  constructor(...args: MaxUnpoolCall<Size1>) {
    super(1, args);
  }

  override forward(
    input: Tensor,
    indices: Tensor,
    outputSize: readonly number[] | null = null,
  ): Tensor {
    const kernelSize = this.kernelSize as [number];
    const stride = this.stride as [number];
    const padding = this.padding as [number];
    return pooling.maxUnpool1d(input, indices, kernelSize, stride, padding, outputSize);
  }
}

/**
 * Undoes {@link MaxPool2d} as far as it can be: each maximum goes back to its place, all else is 0.
 *
 * @param kernelSize The pooling's window.
 * @param stride How far that window moved. Default: its own size.
 * @param padding The padding that the pooling added. Default: 0.
 *
 * `forward(input, indices, outputSize)` takes what the pooling with `returnIndices` gave and,
 * where several sizes pool to the same, the one wanted.
 *
 * Shape: as the pooling's, from its output to its input.
 *
 * @example
 * ```ts
 * const pool = new nn.MaxPool2d(2, { returnIndices: true });
 * const unpool = new nn.MaxUnpool2d(2);
 * const [output, indices] = pool(torch.randn(1, 1, 4, 4));
 * unpool(output, indices).shape; // [1, 1, 4, 4]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.MaxUnpool2d.html
 */
export class MaxUnpool2d extends MaxUnpoolNd {
  constructor(...args: MaxUnpoolCall<Size2>) {
    super(2, args);
  }

  override forward(
    input: Tensor,
    indices: Tensor,
    outputSize: readonly number[] | null = null,
  ): Tensor {
    const kernelSize = this.kernelSize as [number, number];
    const stride = this.stride as [number, number];
    const padding = this.padding as [number, number];
    return pooling.maxUnpool2d(input, indices, kernelSize, stride, padding, outputSize);
  }
}

/**
 * Undoes {@link MaxPool3d} as far as it can be: each maximum goes back to its place, all else is 0.
 *
 * @param kernelSize The pooling's window.
 * @param stride How far that window moved. Default: its own size.
 * @param padding The padding that the pooling added. Default: 0.
 *
 * `forward(input, indices, outputSize)` takes what the pooling with `returnIndices` gave and,
 * where several sizes pool to the same, the one wanted.
 *
 * Shape: as the pooling's, from its output to its input.
 *
 * @example
 * ```ts
 * const pool = new nn.MaxPool3d(2, { returnIndices: true });
 * const unpool = new nn.MaxUnpool3d(2);
 * const [output, indices] = pool(torch.randn(1, 1, 4, 4, 4));
 * unpool(output, indices).shape; // [1, 1, 4, 4, 4]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.MaxUnpool3d.html
 */
export class MaxUnpool3d extends MaxUnpoolNd {
  constructor(...args: MaxUnpoolCall<Size3>) {
    super(3, args);
  }

  override forward(
    input: Tensor,
    indices: Tensor,
    outputSize: readonly number[] | null = null,
  ): Tensor {
    const kernelSize = this.kernelSize as [number, number, number];
    const stride = this.stride as [number, number, number];
    const padding = this.padding as [number, number, number];
    return pooling.maxUnpool3d(input, indices, kernelSize, stride, padding, outputSize);
  }
}

type FractionalMaxPoolCall<Size, Indices> = Call<
  [kernelSize: Size],
  [outputSize: Size | null, outputRatio: Size | null, returnIndices: Indices],
  FractionalMaxPoolOptions<Size, Indices>
>;

interface FractionalMaxPoolArguments {
  kernelSize: Sizes;
  outputSize: Sizes | null;
  outputRatio: Sizes | null;
  returnIndices: boolean;
  _randomSamples: Tensor | null;
}

/** What the fractional poolings share. */
abstract class FractionalMaxPoolNd extends Module {
  kernelSize: number[];
  returnIndices: boolean;
  _random_samples: Buffer | null;
  outputSize: number[] | null;
  outputRatio: number[] | null;

  constructor(dimensions: number, args: readonly unknown[]) {
    super();
    const where = `nn.FractionalMaxPool${dimensions}d`;
    const signature = new Signature<FractionalMaxPoolArguments>(
      where,
      { kernelSize: required, outputSize: null, outputRatio: null, returnIndices: false },
      { _randomSamples: null },
    );
    const { kernelSize, outputSize, outputRatio, returnIndices, _randomSamples } =
      signature.bind(args);
    if ((outputSize === null) === (outputRatio === null)) {
      throw new ValueError(`${where} takes either an outputSize or an outputRatio`);
    }
    this.kernelSize = ntuple(where, 'kernelSize', kernelSize, dimensions);
    if (this.kernelSize.some((size) => size <= 0)) {
      throw new ValueError(`${where}: kernelSize must be above 0, got ${describe(kernelSize)}`);
    }
    this.returnIndices = returnIndices;
    this._random_samples = _randomSamples && new Buffer(_randomSamples);
    this.outputSize =
      outputSize === null ? null : ntuple(where, 'outputSize', outputSize, dimensions);
    this.outputRatio =
      typeof outputRatio === 'number'
        ? new Array<number>(dimensions).fill(outputRatio)
        : outputRatio && [...outputRatio];
    if (this.outputRatio?.some((ratio) => !(ratio > 0 && ratio < 1))) {
      throw new ValueError(
        `${where}: outputRatio must be between 0 and 1, got ${describe(outputRatio)}`,
      );
    }
  }
}

/**
 * The maximum of windows of images that are placed at random, so that the size shrinks by any
 * factor.
 *
 * @param kernelSize The window's size, one number for both dimensions or one for each.
 *
 * Further arguments, by position or by name: {@link FractionalMaxPoolOptions}, one of the output's
 * size and ratio.
 *
 * Shape: `(N, C, H, W)` or `(C, H, W)` to `(N, C, ...outputSize)` or `(C, ...outputSize)`, where a ratio
 * gives `floor(ratio * size)`.
 *
 * @example
 * ```ts
 * const pool = new nn.FractionalMaxPool2d(3, { outputSize: [13, 12] });
 * pool(torch.randn(20, 16, 50, 32)).shape; // [20, 16, 13, 12]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.FractionalMaxPool2d.html
 */
export class FractionalMaxPool2d<Indices extends boolean = false> extends FractionalMaxPoolNd {
  constructor(...args: FractionalMaxPoolCall<Size2, Indices>) {
    super(2, args);
  }

  override forward(input: Tensor): Pooled<Indices> {
    return fractional.fractionalMaxPool2d(
      input,
      this.kernelSize as [number, number],
      this.outputSize as [number, number] | null,
      this.outputRatio as [number, number] | null,
      this.returnIndices as Indices,
      { _randomSamples: this._random_samples },
    );
  }
}

/**
 * The maximum of windows of volumes that are placed at random, so that the size shrinks by any
 * factor.
 *
 * @param kernelSize The window's size, one number for all dimensions or one for each.
 *
 * Further arguments, by position or by name: {@link FractionalMaxPoolOptions}, one of the output's
 * size and ratio.
 *
 * Shape: `(N, C, D, H, W)` or `(C, D, H, W)` to `(N, C, ...outputSize)` or `(C, ...outputSize)`, where a ratio
 * gives `floor(ratio * size)`.
 *
 * @example
 * ```ts
 * const pool = new nn.FractionalMaxPool3d(3, { outputRatio: 0.5 });
 * pool(torch.randn(20, 16, 50, 32, 16)).shape; // [20, 16, 25, 16, 8]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.FractionalMaxPool3d.html
 */
export class FractionalMaxPool3d<Indices extends boolean = false> extends FractionalMaxPoolNd {
  constructor(...args: FractionalMaxPoolCall<Size3, Indices>) {
    super(3, args);
  }

  override forward(input: Tensor): Pooled<Indices> {
    return fractional.fractionalMaxPool3d(
      input,
      this.kernelSize as [number, number, number],
      this.outputSize as [number, number, number] | null,
      this.outputRatio as [number, number, number] | null,
      this.returnIndices as Indices,
      { _randomSamples: this._random_samples },
    );
  }
}

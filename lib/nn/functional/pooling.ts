import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import type { OptionalSize2, OptionalSize3, Size1, Size2, Size3 } from '../common-types.js';
import { checkTensor, ntuple, sizeOrDefault } from '../modules/utils.js';
import { alias } from './alias.js';
import type { Pooled } from './max-pooling.js';

/**
 * The mean of each window of signals.
 *
 * @param input `(N, C, L)` or `(C, L)`.
 * @param kernelSize The window's size.
 * @param stride How far the window moves. Default: its own size.
 * @param padding Zeros on both sides of each dimension, at most half the window. Default: 0.
 * @param ceilMode Whether the output's size is rounded up. Default: false.
 * @param countIncludePad Whether the padding counts in the mean. Default: true.
 *
 * @example
 * ```ts
 * nn.functional.avgPool1d(torch.tensor([[[1, 2, 3, 4, 5, 6, 7]]]), 3, 2).tolist(); // [[[2, 4, 6]]]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.avg_pool1d.html
 */
export const avgPool1d = alias(() => operators.torch.avgPool1d);

/**
 * The mean of each window of images.
 *
 * @param input `(N, C, H, W)` or `(C, H, W)`.
 * @param kernelSize The window's size, one number for both dimensions or one for each.
 * @param stride How far the window moves. Default: its own size.
 * @param padding Zeros on both sides of each dimension, at most half the window. Default: 0.
 * @param ceilMode Whether the output's size is rounded up. Default: false.
 * @param countIncludePad Whether the padding counts in the mean. Default: true.
 * @param divisorOverride What the sum is divided by instead of the window's size. Default: null.
 *
 * @example
 * ```ts
 * nn.functional.avgPool2d(torch.randn(20, 16, 50, 32), [3, 2], [2, 1]).shape; // [20, 16, 24, 31]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.avg_pool2d.html
 */
export const avgPool2d = alias(() => operators.nn.avgPool2d);

/**
 * The mean of each window of volumes.
 *
 * @param input `(N, C, D, H, W)` or `(C, D, H, W)`.
 * @param kernelSize The window's size, one number for all dimensions or one for each.
 * @param stride How far the window moves. Default: its own size.
 * @param padding Zeros on both sides of each dimension, at most half the window. Default: 0.
 * @param ceilMode Whether the output's size is rounded up. Default: false.
 * @param countIncludePad Whether the padding counts in the mean. Default: true.
 * @param divisorOverride What the sum is divided by instead of the window's size. Default: null.
 *
 * @example
 * ```ts
 * nn.functional.avgPool3d(torch.randn(20, 16, 50, 44, 31), 3, 2).shape; // [20, 16, 24, 21, 15]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.avg_pool3d.html
 */
export const avgPool3d = alias(() => operators.nn.avgPool3d);

/** What an Lp pooling takes after its required arguments. */
export interface LPPoolOptions<Size> {
  /** How far the window moves. Default: its own size. */
  stride?: Size | null;
  /** Whether the output's size is rounded up. Default: false. */
  ceilMode?: boolean;
}

type LPPoolCall<Size> = Call<
  [input: Tensor, normType: number, kernelSize: Size],
  [stride: Size | null, ceilMode: boolean],
  LPPoolOptions<Size>
>;

interface LPPoolArguments<Size> {
  input: Tensor;
  normType: number;
  kernelSize: Size;
  stride: Size | null;
  ceilMode: boolean;
}

function lpPoolSignature<Size>(name: string): Signature<LPPoolArguments<Size>> {
  return new Signature<LPPoolArguments<Size>>(`nn.functional.${name}`, {
    input: required,
    normType: required,
    kernelSize: required,
    stride: null,
    ceilMode: false,
  });
}

/** How many elements a window has. */
function volume(where: string, kernelSize: Size1 | Size2 | Size3, dimensions: number): number {
  return ntuple(where, 'kernelSize', kernelSize, dimensions).reduce((a, b) => a * b, 1);
}

/** The root of the sums of which `means` are the means; negative sums give 0. */
function rootOfSums(means: Tensor, count: number, normType: number): Tensor {
  const { sign, abs, relu } = operators.torch;
  return sign(means)
    .mul(relu(abs(means)))
    .mul(count)
    .pow(1 / normType);
}

const lpPool1dSignature = lpPoolSignature<Size1>('lpPool1d');

/**
 * The p-norm of each window of signals: the root of the sum of its elements' powers. A norm of
 * infinity is the maximum of the magnitudes.
 *
 * @param input `(N, C, L)` or `(C, L)`.
 * @param normType The power p.
 * @param kernelSize The window's size.
 *
 * Further arguments, by position or by name: {@link LPPoolOptions}.
 *
 * @example
 * ```ts
 * nn.functional.lpPool1d(torch.randn(20, 16, 50), 2, 3, { stride: 2 }).shape; // [20, 16, 24]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.lp_pool1d.html
 */
export function lpPool1d(...args: LPPoolCall<Size1>): Tensor {
  const given = lpPool1dSignature.bind(args);
  checkTensor(lpPool1dSignature.where, 'input', given.input);
  const { input, normType, kernelSize, ceilMode } = given;
  const stride = given.stride ?? kernelSize;
  if (Math.abs(normType) === Number.POSITIVE_INFINITY) {
    const pool = (x: Tensor) => operators.torch.maxPool1d(x, kernelSize, stride, 0, 1, ceilMode);
    return normType > 0 ? pool(input.abs()) : pool(input.abs().neg()).neg();
  }
  const means = operators.torch.avgPool1d(input.pow(normType), kernelSize, stride, 0, ceilMode);
  return rootOfSums(means, volume(lpPool1dSignature.where, kernelSize, 1), normType);
}

const lpPool2dSignature = lpPoolSignature<Size2>('lpPool2d');

/**
 * The p-norm of each window of images: the root of the sum of its elements' powers. A norm of
 * infinity is the maximum of the magnitudes.
 *
 * @param input `(N, C, H, W)` or `(C, H, W)`.
 * @param normType The power p.
 * @param kernelSize The window's size, one number for both dimensions or one for each.
 *
 * Further arguments, by position or by name: {@link LPPoolOptions}.
 *
 * @example
 * ```ts
 * nn.functional.lpPool2d(torch.randn(20, 16, 50, 32), 1.2, [3, 2], { stride: [2, 1] }).shape; // [20, 16, 24, 31]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.lp_pool2d.html
 */
export function lpPool2d(...args: LPPoolCall<Size2>): Tensor {
  const given = lpPool2dSignature.bind(args);
  checkTensor(lpPool2dSignature.where, 'input', given.input);
  const { input, normType, kernelSize, ceilMode } = given;
  const stride = given.stride ?? kernelSize;
  if (Math.abs(normType) === Number.POSITIVE_INFINITY) {
    const pool = (x: Tensor) => operators.torch.maxPool2d(x, kernelSize, stride, 0, 1, ceilMode);
    return normType > 0 ? pool(input.abs()) : pool(input.abs().neg()).neg();
  }
  const means = operators.nn.avgPool2d(input.pow(normType), kernelSize, stride, 0, ceilMode);
  return rootOfSums(means, volume(lpPool2dSignature.where, kernelSize, 2), normType);
}

const lpPool3dSignature = lpPoolSignature<Size3>('lpPool3d');

/**
 * The p-norm of each window of volumes: the root of the sum of its elements' powers. A norm of
 * infinity is the maximum of the magnitudes.
 *
 * @param input `(N, C, D, H, W)` or `(C, D, H, W)`.
 * @param normType The power p.
 * @param kernelSize The window's size, one number for all dimensions or one for each.
 *
 * Further arguments, by position or by name: {@link LPPoolOptions}.
 *
 * @example
 * ```ts
 * nn.functional.lpPool3d(torch.randn(20, 16, 50, 44, 31), 2, 3, { stride: 2 }).shape; // [20, 16, 24, 21, 15]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.lp_pool3d.html
 */
export function lpPool3d(...args: LPPoolCall<Size3>): Tensor {
  const given = lpPool3dSignature.bind(args);
  checkTensor(lpPool3dSignature.where, 'input', given.input);
  const { input, normType, kernelSize, ceilMode } = given;
  const stride = given.stride ?? kernelSize;
  if (Math.abs(normType) === Number.POSITIVE_INFINITY) {
    const pool = (x: Tensor) => operators.torch.maxPool3d(x, kernelSize, stride, 0, 1, ceilMode);
    return normType > 0 ? pool(input.abs()) : pool(input.abs().neg()).neg();
  }
  const means = operators.nn.avgPool3d(input.pow(normType), kernelSize, stride, 0, ceilMode);
  return rootOfSums(means, volume(lpPool3dSignature.where, kernelSize, 3), normType);
}

/** What an adaptive maximum pooling takes after its required arguments. */
export interface AdaptiveMaxPoolOptions<Indices = boolean> {
  /** Whether the places of the maxima come too. Default: false. */
  returnIndices?: Indices;
}

type AdaptiveMaxPoolCall<Size, Indices> = Call<
  [input: Tensor, outputSize: Size],
  [returnIndices: Indices],
  AdaptiveMaxPoolOptions<Indices>
>;

interface AdaptiveMaxPoolArguments<Size> {
  input: Tensor;
  outputSize: Size;
  returnIndices: boolean;
}

function adaptiveSignature<Size>(name: string): Signature<AdaptiveMaxPoolArguments<Size>> {
  return new Signature<AdaptiveMaxPoolArguments<Size>>(`nn.functional.${name}`, {
    input: required,
    outputSize: required,
    returnIndices: false,
  });
}

const adaptiveMaxPool1dSignature = adaptiveSignature<Size1>('adaptiveMaxPool1d');

/**
 * The maxima of as many windows of signals as asked for, whatever the input's size.
 *
 * @param input `(N, C, L)` or `(C, L)`.
 * @param outputSize How many elements come out of each channel.
 *
 * Further arguments, by position or by name: {@link AdaptiveMaxPoolOptions}.
 *
 * @example
 * ```ts
 * nn.functional.adaptiveMaxPool1d(torch.randn(1, 64, 8), 5).shape; // [1, 64, 5]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_max_pool1d.html
 */
export function adaptiveMaxPool1d<Indices extends boolean = false>(
  ...args: AdaptiveMaxPoolCall<Size1, Indices>
): Pooled<Indices> {
  const { input, outputSize, returnIndices } = adaptiveMaxPool1dSignature.bind(args);
  const [output, indices] = operators.torch.adaptiveMaxPool1d(input, outputSize);
  return (returnIndices ? [output, indices] : output) as Pooled<Indices>;
}

/**
 * {@link adaptiveMaxPool1d} with the places of the maxima.
 *
 * @example
 * ```ts
 * const input = torch.tensor([[1, 5, 2, 3]]);
 * const [values, indices] = nn.functional.adaptiveMaxPool1dWithIndices(input, 2);
 * console.log(values, indices); // tensor([[5., 3.]]) tensor([[1, 3]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_max_pool1d.html
 */
export function adaptiveMaxPool1dWithIndices(
  ...args: AdaptiveMaxPoolCall<Size1, boolean>
): [output: Tensor, indices: Tensor] {
  const { input, outputSize } = adaptiveMaxPool1dSignature.bind(args);
  return operators.torch.adaptiveMaxPool1d(input, outputSize);
}

const adaptiveMaxPool2dSignature = adaptiveSignature<OptionalSize2>('adaptiveMaxPool2d');

/**
 * The maxima of as many windows of images as asked for, whatever the input's size.
 *
 * @param input `(N, C, H, W)` or `(C, H, W)`.
 * @param outputSize The size of each output, or one number for both dimensions; null keeps the input's.
 *
 * Further arguments, by position or by name: {@link AdaptiveMaxPoolOptions}.
 *
 * @example
 * ```ts
 * nn.functional.adaptiveMaxPool2d(torch.randn(1, 64, 8, 9), [5, null]).shape; // [1, 64, 5, 9]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_max_pool2d.html
 */
export function adaptiveMaxPool2d<Indices extends boolean = false>(
  ...args: AdaptiveMaxPoolCall<OptionalSize2, Indices>
): Pooled<Indices> {
  const { input, outputSize, returnIndices } = adaptiveMaxPool2dSignature.bind(args);
  checkTensor(adaptiveMaxPool2dSignature.where, 'input', input);
  const [output, indices] = operators.nn.adaptiveMaxPool2d(
    input,
    sizeOrDefault(outputSize, input.shape, 2),
  );
  return (returnIndices ? [output, indices] : output) as Pooled<Indices>;
}

/**
 * {@link adaptiveMaxPool2d} with the places of the maxima.
 *
 * @example
 * ```ts
 * const input = torch.tensor([[[1, 5], [2, 3]]]);
 * const [values, indices] = nn.functional.adaptiveMaxPool2dWithIndices(input, [1, 2]);
 * console.log(values, indices); // tensor([[[2., 5.]]]) tensor([[[2, 1]]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_max_pool2d.html
 */
export function adaptiveMaxPool2dWithIndices(
  ...args: AdaptiveMaxPoolCall<OptionalSize2, boolean>
): [output: Tensor, indices: Tensor] {
  const { input, outputSize } = adaptiveMaxPool2dSignature.bind(args);
  checkTensor(adaptiveMaxPool2dSignature.where, 'input', input);
  return operators.nn.adaptiveMaxPool2d(input, sizeOrDefault(outputSize, input.shape, 2));
}

const adaptiveMaxPool3dSignature = adaptiveSignature<OptionalSize3>('adaptiveMaxPool3d');

/**
 * The maxima of as many windows of volumes as asked for, whatever the input's size.
 *
 * @param input `(N, C, D, H, W)` or `(C, D, H, W)`.
 * @param outputSize The size of each output, or one number for all dimensions; null keeps the input's.
 *
 * Further arguments, by position or by name: {@link AdaptiveMaxPoolOptions}.
 *
 * @example
 * ```ts
 * nn.functional.adaptiveMaxPool3d(torch.randn(1, 64, 8, 9, 10), [7, null, null]).shape; // [1, 64, 7, 9, 10]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_max_pool3d.html
 */
export function adaptiveMaxPool3d<Indices extends boolean = false>(
  ...args: AdaptiveMaxPoolCall<OptionalSize3, Indices>
): Pooled<Indices> {
  const { input, outputSize, returnIndices } = adaptiveMaxPool3dSignature.bind(args);
  checkTensor(adaptiveMaxPool3dSignature.where, 'input', input);
  const [output, indices] = operators.nn.adaptiveMaxPool3d(
    input,
    sizeOrDefault(outputSize, input.shape, 3),
  );
  return (returnIndices ? [output, indices] : output) as Pooled<Indices>;
}

/**
 * {@link adaptiveMaxPool3d} with the places of the maxima.
 *
 * @example
 * ```ts
 * const [values, indices] = nn.functional.adaptiveMaxPool3dWithIndices(torch.randn(1, 4, 4, 4), 2);
 * console.log(values.shape, indices.shape); // [1, 2, 2, 2] [1, 2, 2, 2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_max_pool3d.html
 */
export function adaptiveMaxPool3dWithIndices(
  ...args: AdaptiveMaxPoolCall<OptionalSize3, boolean>
): [output: Tensor, indices: Tensor] {
  const { input, outputSize } = adaptiveMaxPool3dSignature.bind(args);
  checkTensor(adaptiveMaxPool3dSignature.where, 'input', input);
  return operators.nn.adaptiveMaxPool3d(input, sizeOrDefault(outputSize, input.shape, 3));
}

/**
 * The means of as many windows of signals as asked for, whatever the input's size.
 *
 * @param input `(N, C, L)` or `(C, L)`.
 * @param outputSize How many elements come out of each channel.
 *
 * @example
 * ```ts
 * nn.functional.adaptiveAvgPool1d(torch.randn(1, 64, 8), 5).shape; // [1, 64, 5]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_avg_pool1d.html
 */
export const adaptiveAvgPool1d = alias(() => operators.torch.adaptiveAvgPool1d);

const adaptiveAvgPool2dSignature = new Signature<{ input: Tensor; outputSize: OptionalSize2 }>(
  'nn.functional.adaptiveAvgPool2d',
  { input: required, outputSize: required },
);

/**
 * The means of as many windows of images as asked for, whatever the input's size.
 *
 * @param input `(N, C, H, W)` or `(C, H, W)`.
 * @param outputSize The size of each output, or one number for both dimensions; null keeps the input's.
 *
 * @example
 * ```ts
 * nn.functional.adaptiveAvgPool2d(torch.randn(1, 64, 8, 9), [5, null]).shape; // [1, 64, 5, 9]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_avg_pool2d.html
 */
export function adaptiveAvgPool2d(
  ...args:
    | [input: Tensor, outputSize: OptionalSize2]
    | [input: Tensor, options: { outputSize: OptionalSize2 }]
): Tensor {
  const { input, outputSize } = adaptiveAvgPool2dSignature.bind(args);
  checkTensor(adaptiveAvgPool2dSignature.where, 'input', input);
  return operators.nn.adaptiveAvgPool2d(input, sizeOrDefault(outputSize, input.shape, 2));
}

const adaptiveAvgPool3dSignature = new Signature<{ input: Tensor; outputSize: OptionalSize3 }>(
  'nn.functional.adaptiveAvgPool3d',
  { input: required, outputSize: required },
);

/**
 * The means of as many windows of volumes as asked for, whatever the input's size.
 *
 * @param input `(N, C, D, H, W)` or `(C, D, H, W)`.
 * @param outputSize The size of each output, or one number for all dimensions; null keeps the input's.
 *
 * @example
 * ```ts
 * nn.functional.adaptiveAvgPool3d(torch.randn(1, 64, 8, 9, 10), [7, null, null]).shape; // [1, 64, 7, 9, 10]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_avg_pool3d.html
 */
export function adaptiveAvgPool3d(
  ...args:
    | [input: Tensor, outputSize: OptionalSize3]
    | [input: Tensor, options: { outputSize: OptionalSize3 }]
): Tensor {
  const { input, outputSize } = adaptiveAvgPool3dSignature.bind(args);
  checkTensor(adaptiveAvgPool3dSignature.where, 'input', input);
  return operators.nn.adaptiveAvgPool3d(input, sizeOrDefault(outputSize, input.shape, 3));
}

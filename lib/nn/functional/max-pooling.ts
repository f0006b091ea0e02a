import { ValueError } from '../../errors.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import type { Size1, Size2, Size3 } from '../common-types.js';
import { checkTensor, ntuple } from '../modules/utils.js';

/** The result of a maximum pooling: with the places of the maxima, where they were asked for. */
export type Pooled<Indices extends boolean> = Indices extends true
  ? [output: Tensor, indices: Tensor]
  : Tensor;

/** What a maximum pooling takes after its required arguments. */
export interface MaxPoolOptions<Size, Indices = boolean> {
  /** How far the window moves. Default: its own size. */
  stride?: Size | null;
  /** Negative infinities on both sides of each dimension, at most half the window. Default: 0. */
  padding?: Size;
  /** The distance between the window's elements. Default: 1. */
  dilation?: Size;
  /** Whether the output's size is rounded up, so that the last window may overhang. Default: false. */
  ceilMode?: boolean;
  /** Whether the places of the maxima come too, for {@link maxUnpool2d} and its like. Default: false. */
  returnIndices?: Indices;
}

type MaxPoolCall<Size, Indices> = Call<
  [input: Tensor, kernelSize: Size],
  [stride: Size | null, padding: Size, dilation: Size, ceilMode: boolean, returnIndices: Indices],
  MaxPoolOptions<Size, Indices>
>;

interface MaxPoolArguments<Size> {
  input: Tensor;
  kernelSize: Size;
  stride: Size | null;
  padding: Size;
  dilation: Size;
  ceilMode: boolean;
  returnIndices: boolean;
}

function maxPoolSignature<Size>(name: string): Signature<MaxPoolArguments<Size>> {
  return new Signature<MaxPoolArguments<Size>>(`nn.functional.${name}`, {
    input: required,
    kernelSize: required,
    stride: null,
    padding: 0,
    dilation: 1,
    ceilMode: false,
    returnIndices: false,
  });
}

/** The arguments in the operators' order. */
function window<Size>(given: MaxPoolArguments<Size>) {
  const { input, kernelSize, stride, padding, dilation, ceilMode } = given;
  return [input, kernelSize, stride ?? kernelSize, padding, dilation, ceilMode] as const;
}

const maxPool1dSignature = maxPoolSignature<Size1>('maxPool1d');

/**
 * The maximum of each window of signals; {@link nn.MaxPool1d} as a function.
 *
 * @param input `(N, C, L)` or `(C, L)`.
 * @param kernelSize The window's size.
 *
 * Further arguments, by position or by name: {@link MaxPoolOptions}.
 *
 * @example
 * ```ts
 * nn.functional.maxPool1d(torch.randn(20, 16, 50), 3, { stride: 2 }).shape; // [20, 16, 24]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.max_pool1d.html
 */
export function maxPool1d<Indices extends boolean = false>(
  ...args: MaxPoolCall<Size1, Indices>
): Pooled<Indices> {
  const given = maxPool1dSignature.bind(args);
  const result = given.returnIndices
    ? operators.torch.maxPool1dWithIndices(...window(given))
    : operators.torch.maxPool1d(...window(given));
  return result as Pooled<Indices>;
}

/**
 * {@link maxPool1d} with the places of the maxima.
 *
 * @example
 * ```ts
 * const input = torch.tensor([[[1, 5, 2, 3]]]);
 * const [values, indices] = nn.functional.maxPool1dWithIndices(input, 2);
 * console.log(values, indices); // tensor([[[5., 3.]]]) tensor([[[1, 3]]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.max_pool1d.html
 */
export function maxPool1dWithIndices(
  ...args: MaxPoolCall<Size1, boolean>
): [output: Tensor, indices: Tensor] {
  return operators.torch.maxPool1dWithIndices(...window(maxPool1dSignature.bind(args)));
}

const maxPool2dSignature = maxPoolSignature<Size2>('maxPool2d');

/**
 * The maximum of each window of images; {@link nn.MaxPool2d} as a function.
 *
 * @param input `(N, C, H, W)` or `(C, H, W)`.
 * @param kernelSize The window's size, one number for all dimensions or one for each.
 *
 * Further arguments, by position or by name: {@link MaxPoolOptions}.
 *
 * @example
 * ```ts
 * nn.functional.maxPool2d(torch.randn(20, 16, 50, 32), [3, 2], { stride: [2, 1] }).shape; // [20, 16, 24, 31]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.max_pool2d.html
 */
export function maxPool2d<Indices extends boolean = false>(
  ...args: MaxPoolCall<Size2, Indices>
): Pooled<Indices> {
  const given = maxPool2dSignature.bind(args);
  const result = given.returnIndices
    ? operators.nn.maxPool2dWithIndices(...window(given))
    : operators.torch.maxPool2d(...window(given));
  return result as Pooled<Indices>;
}

/**
 * {@link maxPool2d} with the places of the maxima.
 *
 * @example
 * ```ts
 * const input = torch.tensor([[[1, 5], [2, 3]]]);
 * const [values, indices] = nn.functional.maxPool2dWithIndices(input, 2);
 * console.log(values, indices); // tensor([[[5.]]]) tensor([[[1]]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.max_pool2d.html
 */
export function maxPool2dWithIndices(
  ...args: MaxPoolCall<Size2, boolean>
): [output: Tensor, indices: Tensor] {
  return operators.nn.maxPool2dWithIndices(...window(maxPool2dSignature.bind(args)));
}

const maxPool3dSignature = maxPoolSignature<Size3>('maxPool3d');

/**
 * The maximum of each window of volumes; {@link nn.MaxPool3d} as a function.
 *
 * @param input `(N, C, D, H, W)` or `(C, D, H, W)`.
 * @param kernelSize The window's size, one number for all dimensions or one for each.
 *
 * Further arguments, by position or by name: {@link MaxPoolOptions}.
 *
 * @example
 * ```ts
 * nn.functional.maxPool3d(torch.randn(20, 16, 50, 44, 31), 3, { stride: 2 }).shape; // [20, 16, 24, 21, 15]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.max_pool3d.html
 */
export function maxPool3d<Indices extends boolean = false>(
  ...args: MaxPoolCall<Size3, Indices>
): Pooled<Indices> {
  const given = maxPool3dSignature.bind(args);
  const result = given.returnIndices
    ? operators.nn.maxPool3dWithIndices(...window(given))
    : operators.torch.maxPool3d(...window(given));
  return result as Pooled<Indices>;
}

/**
 * {@link maxPool3d} with the places of the maxima.
 *
 * @example
 * ```ts
 * const [values, indices] = nn.functional.maxPool3dWithIndices(torch.randn(1, 4, 4, 4), 2);
 * console.log(values.shape, indices.shape); // [1, 2, 2, 2] [1, 2, 2, 2]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.max_pool3d.html
 */
export function maxPool3dWithIndices(
  ...args: MaxPoolCall<Size3, boolean>
): [output: Tensor, indices: Tensor] {
  return operators.nn.maxPool3dWithIndices(...window(maxPool3dSignature.bind(args)));
}

/** What an unpooling takes after its required arguments. */
export interface MaxUnpoolOptions<Size> {
  /** How far the pooling's window moved. Default: its own size. */
  stride?: Size | null;
  /** The padding that the pooling added. Default: 0. */
  padding?: Size;
  /** The size of the output, where the pooling's own is ambiguous. Default: the least one. */
  outputSize?: readonly number[] | null;
}

type MaxUnpoolCall<Size> = Call<
  [input: Tensor, indices: Tensor, kernelSize: Size],
  [stride: Size | null, padding: Size, outputSize: readonly number[] | null],
  MaxUnpoolOptions<Size>
>;

interface MaxUnpoolArguments {
  input: Tensor;
  indices: Tensor;
  kernelSize: number | readonly number[];
  stride: number | readonly number[] | null;
  padding: number | readonly number[];
  outputSize: readonly number[] | null;
}

function maxUnpoolSignature(name: string): Signature<MaxUnpoolArguments> {
  return new Signature<MaxUnpoolArguments>(`nn.functional.${name}`, {
    input: required,
    indices: required,
    kernelSize: required,
    stride: null,
    padding: 0,
    outputSize: null,
  });
}

/** The sizes of an unpooling, with the output's filled in and checked. */
function unpooling(signature: Signature<MaxUnpoolArguments>, dimensions: number, args: unknown[]) {
  const { input, indices, outputSize, ...sizes } = signature.bind(args);
  const { where } = signature;
  checkTensor(where, 'input', input);
  checkTensor(where, 'indices', indices);
  const kernelSize = ntuple(where, 'kernelSize', sizes.kernelSize, dimensions);
  const stride = ntuple(where, 'stride', sizes.stride ?? kernelSize, dimensions);
  const padding = ntuple(where, 'padding', sizes.padding, dimensions);
  const spatial = input.shape.slice(-dimensions);
  const least = kernelSize.map(
    (size, d) =>
      ((spatial[d] as number) - 1) * (stride[d] as number) + size - 2 * (padding[d] as number),
  );
  const asked = outputSize?.length === dimensions + 2 ? outputSize.slice(2) : (outputSize ?? least);
  if (asked.length !== dimensions) {
    throw new ValueError(
      `${where}: outputSize should hold ${dimensions} or ${dimensions + 2} sizes, got ${asked.length}`,
    );
  }
  asked.forEach((size, d) => {
    const from = (least[d] as number) - (stride[d] as number);
    const to = (least[d] as number) + (stride[d] as number);
    if (size <= from || size >= to || size < 0) {
      throw new ValueError(
        `${where}: invalid outputSize [${asked}]: dimension ${d} must be between ${from} and ${to}, and not negative`,
      );
    }
  });
  return { input, indices, stride, padding, outputSize: [...asked] };
}

const maxUnpool1dSignature = maxUnpoolSignature('maxUnpool1d');

/**
 * Undoes {@link maxPool1d} as far as it can be: each maximum goes back to its place, all else is 0.
 *
 * @param input The pooled signals, `(N, C, L)` or `(C, L)`.
 * @param indices The places that the pooling returned.
 * @param kernelSize The pooling's window.
 *
 * Further arguments, by position or by name: {@link MaxUnpoolOptions}.
 *
 * @example
 * ```ts
 * const x = torch.tensor([[[1, 2, 3, 4]]]);
 * const [pooled, indices] = nn.functional.maxPool1d(x, 2, { returnIndices: true });
 * nn.functional.maxUnpool1d(pooled, indices, 2).tolist(); // [[[0, 2, 0, 4]]]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.max_unpool1d.html
 */
export function maxUnpool1d(...args: MaxUnpoolCall<Size1>): Tensor {
  const { input, indices, outputSize } = unpooling(maxUnpool1dSignature, 1, args);
  return operators.nn
    .maxUnpool2d(input.unsqueeze(-1), indices.unsqueeze(-1), [...outputSize, 1])
    .squeeze(-1);
}

const maxUnpool2dSignature = maxUnpoolSignature('maxUnpool2d');

/**
 * Undoes {@link maxPool2d} as far as it can be: each maximum goes back to its place, all else is 0.
 *
 * @param input The pooled images, `(N, C, H, W)` or `(C, H, W)`.
 * @param indices The places that the pooling returned.
 * @param kernelSize The pooling's window.
 *
 * Further arguments, by position or by name: {@link MaxUnpoolOptions}.
 *
 * @example
 * ```ts
 * const x = torch.randn(1, 1, 4, 4);
 * const [pooled, indices] = nn.functional.maxPool2d(x, 2, { returnIndices: true });
 * nn.functional.maxUnpool2d(pooled, indices, 2).shape; // [1, 1, 4, 4]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.max_unpool2d.html
 */
export function maxUnpool2d(...args: MaxUnpoolCall<Size2>): Tensor {
  const { input, indices, outputSize } = unpooling(maxUnpool2dSignature, 2, args);
  return operators.nn.maxUnpool2d(input, indices, outputSize);
}

const maxUnpool3dSignature = maxUnpoolSignature('maxUnpool3d');

/**
 * Undoes {@link maxPool3d} as far as it can be: each maximum goes back to its place, all else is 0.
 *
 * @param input The pooled volumes, `(N, C, D, H, W)` or `(C, D, H, W)`.
 * @param indices The places that the pooling returned.
 * @param kernelSize The pooling's window.
 *
 * Further arguments, by position or by name: {@link MaxUnpoolOptions}.
 *
 * @example
 * ```ts
 * const x = torch.randn(1, 1, 4, 4, 4);
 * const [pooled, indices] = nn.functional.maxPool3d(x, 2, { returnIndices: true });
 * nn.functional.maxUnpool3d(pooled, indices, 2).shape; // [1, 1, 4, 4, 4]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.max_unpool3d.html
 */
export function maxUnpool3d(...args: MaxUnpoolCall<Size3>): Tensor {
  const { input, indices, stride, padding, outputSize } = unpooling(maxUnpool3dSignature, 3, args);
  return operators.nn.maxUnpool3d(input, indices, outputSize, stride, padding);
}

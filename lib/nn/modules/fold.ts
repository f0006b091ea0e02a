import { type Call, required, Signature } from '../../options.js';
import { repr } from '../../python-repr.js';
import type { Tensor } from '../../tensor.js';
import type { Size2 } from '../common-types.js';
import { fold, unfold } from '../functional/fold.js';
import { Module } from './module.js';
import { checkSize } from './utils.js';

/** What {@link Fold} and {@link Unfold} take after their required arguments. */
export interface FoldOptions {
  /** The distance between the elements of a block. Default: 1. */
  dilation?: Size2;
  /** The zeros on both sides of each dimension of the image. Default: 0. */
  padding?: Size2;
  /** How far apart the blocks lie. Default: 1. */
  stride?: Size2;
}

interface UnfoldArguments extends Required<FoldOptions> {
  kernelSize: Size2;
}

interface FoldArguments extends UnfoldArguments {
  outputSize: Size2;
}

const rest = { kernelSize: required, dilation: 1, padding: 0, stride: 1 };
const foldLayer = new Signature<FoldArguments>('nn.Fold', { outputSize: required, ...rest });
const unfoldLayer = new Signature<UnfoldArguments>('nn.Unfold', rest);

function checkSizes(where: string, sizes: object): void {
  for (const [name, size] of Object.entries(sizes)) checkSize(where, name, size, 2);
}

/**
 * Puts blocks together to images, adding up where they overlap: what {@link Unfold} took apart.
 *
 * @param outputSize The height and width of the images, or one number for both.
 * @param kernelSize The height and width of the blocks, or one number for both.
 *
 * Further arguments, by position or by name: {@link FoldOptions}.
 *
 * Shape: `(N, C * kernel area, L)` or `(C * kernel area, L)`, with as many blocks L as the image
 * has places for, to `(N, C, H, W)` or `(C, H, W)`.
 *
 * @example
 * ```ts
 * const fold = new nn.Fold([4, 5], [2, 2]);
 * fold(torch.randn(1, 3 * 2 * 2, 12)).shape; // [1, 3, 4, 5]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Fold.html
 */
export class Fold extends Module {
  outputSize: Size2;
  kernelSize: Size2;
  dilation: Size2;
  padding: Size2;
  stride: Size2;

  constructor(
    ...args: Call<
      [outputSize: Size2, kernelSize: Size2],
      [dilation: Size2, padding: Size2, stride: Size2],
      FoldOptions
    >
  ) {
    super();
    const given = foldLayer.bind(args);
    checkSizes(foldLayer.where, given);
    this.outputSize = given.outputSize;
    this.kernelSize = given.kernelSize;
    this.dilation = given.dilation;
    this.padding = given.padding;
    this.stride = given.stride;
  }

  override forward(input: Tensor): Tensor {
    const { outputSize, kernelSize, dilation, padding, stride } = this;
    return fold(input, outputSize, kernelSize, dilation, padding, stride);
  }

  override extraRepr(): string {
    return `output_size=${repr(this.outputSize)}, kernel_size=${repr(this.kernelSize)}, dilation=${repr(this.dilation)}, padding=${repr(this.padding)}, stride=${repr(this.stride)}`;
  }
}

/**
 * Takes sliding blocks out of images, each as a column.
 *
 * @param kernelSize The height and width of the blocks, or one number for both.
 *
 * Further arguments, by position or by name: {@link FoldOptions}.
 *
 * Shape: `(N, C, H, W)` or `(C, H, W)` to `(N, C * kernel area, L)` or `(C * kernel area, L)`,
 * with as many blocks L as the image has places for.
 *
 * @example
 * ```ts
 * const unfold = new nn.Unfold([2, 3]);
 * unfold(torch.randn(2, 5, 3, 4)).shape; // [2, 30, 4]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Unfold.html
 */
export class Unfold extends Module {
  kernelSize: Size2;
  dilation: Size2;
  padding: Size2;
  stride: Size2;

  constructor(
    ...args: Call<
      [kernelSize: Size2],
      [dilation: Size2, padding: Size2, stride: Size2],
      FoldOptions
    >
  ) {
    super();
    const given = unfoldLayer.bind(args);
    checkSizes(unfoldLayer.where, given);
    this.kernelSize = given.kernelSize;
    this.dilation = given.dilation;
    this.padding = given.padding;
    this.stride = given.stride;
  }

  override forward(input: Tensor): Tensor {
    return unfold(input, this.kernelSize, this.dilation, this.padding, this.stride);
  }

  override extraRepr(): string {
    return `kernel_size=${repr(this.kernelSize)}, dilation=${repr(this.dilation)}, padding=${repr(this.padding)}, stride=${repr(this.stride)}`;
  }
}

import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import type { Size2 } from '../common-types.js';
import type { FoldOptions } from '../modules/fold.js';
import { ntuple } from '../modules/utils.js';

interface UnfoldArguments extends Required<FoldOptions> {
  input: Tensor;
  kernelSize: Size2;
}

const unfoldSignature = new Signature<UnfoldArguments>('nn.functional.unfold', {
  input: required,
  kernelSize: required,
  dilation: 1,
  padding: 0,
  stride: 1,
});

/**
 * Takes sliding blocks out of images, each as a column; {@link nn.Unfold} as a function.
 *
 * @param input `(N, C, H, W)` or `(C, H, W)`.
 * @param kernelSize The height and width of the blocks, or one number for both.
 *
 * Further arguments, by position or by name: {@link FoldOptions}.
 *
 * @example
 * ```ts
 * const input = torch.arange(4, { dtype: torch.float32 }).view(1, 1, 2, 2);
 * nn.functional.unfold(input, [1, 2]); // tensor([[[0., 2.], [1., 3.]]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.unfold.html
 */
export function unfold(
  ...args: Call<
    [input: Tensor, kernelSize: Size2],
    [dilation: Size2, padding: Size2, stride: Size2],
    FoldOptions
  >
): Tensor {
  const { input, kernelSize, dilation, padding, stride } = unfoldSignature.bind(args);
  const { where } = unfoldSignature;
  return operators.nn.im2col(
    input,
    ntuple(where, 'kernelSize', kernelSize, 2),
    ntuple(where, 'dilation', dilation, 2),
    ntuple(where, 'padding', padding, 2),
    ntuple(where, 'stride', stride, 2),
  );
}

interface FoldArguments extends UnfoldArguments {
  outputSize: Size2;
}

const foldSignature = new Signature<FoldArguments>('nn.functional.fold', {
  input: required,
  outputSize: required,
  kernelSize: required,
  dilation: 1,
  padding: 0,
  stride: 1,
});

/**
 * Puts blocks together to images, adding up where they overlap; {@link nn.Fold} as a function.
 *
 * @param input `(N, C * kernel area, L)` or `(C * kernel area, L)`.
 * @param outputSize The height and width of the images, or one number for both.
 * @param kernelSize The height and width of the blocks, or one number for both.
 *
 * Further arguments, by position or by name: {@link FoldOptions}.
 *
 * @example
 * ```ts
 * nn.functional.fold(torch.ones(1, 4, 4), 3, 2);
 * // tensor([[[[1., 2., 1.], [2., 4., 2.], [1., 2., 1.]]]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.fold.html
 */
export function fold(
  ...args: Call<
    [input: Tensor, outputSize: Size2, kernelSize: Size2],
    [dilation: Size2, padding: Size2, stride: Size2],
    FoldOptions
  >
): Tensor {
  const { input, outputSize, kernelSize, dilation, padding, stride } = foldSignature.bind(args);
  const { where } = foldSignature;
  return operators.nn.col2im(
    input,
    ntuple(where, 'outputSize', outputSize, 2),
    ntuple(where, 'kernelSize', kernelSize, 2),
    ntuple(where, 'dilation', dilation, 2),
    ntuple(where, 'padding', padding, 2),
    ntuple(where, 'stride', stride, 2),
  );
}

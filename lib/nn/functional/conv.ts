import { operators } from '../../operators.js';
import { alias } from './alias.js';

/**
 * A 1D convolution over signals of several channels.
 *
 * @param input `(N, C, L)` or `(C, L)`.
 * @param weight `(outChannels, C / groups, kernelSize)`.
 * @param bias `(outChannels)`. Default: null.
 * @param stride How far the kernel moves. Default: 1.
 * @param padding Zeros on both sides, `'same'` or `'valid'`. Default: 0.
 * @param dilation The distance between the kernel's elements. Default: 1.
 * @param groups Into how many unconnected groups the channels are cut. Default: 1.
 *
 * @example
 * ```ts
 * nn.functional.conv1d(torch.randn(33, 16, 30), torch.randn(20, 16, 5)).shape; // [33, 20, 26]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.conv1d.html
 */
export const conv1d = alias(() => operators.torch.conv1d);

/**
 * A 2D convolution over images of several channels.
 *
 * @param input `(N, C, H, W)` or `(C, H, W)`.
 * @param weight `(outChannels, C / groups, kernelHeight, kernelWidth)`.
 * @param bias `(outChannels)`. Default: null.
 * @param stride How far the kernel moves, one number for both dimensions or one for each. Default: 1.
 * @param padding Zeros on both sides of each dimension, `'same'` or `'valid'`. Default: 0.
 * @param dilation The distance between the kernel's elements. Default: 1.
 * @param groups Into how many unconnected groups the channels are cut. Default: 1.
 *
 * @example
 * ```ts
 * const filters = torch.randn(8, 4, 3, 3);
 * nn.functional.conv2d(torch.randn(1, 4, 5, 5), filters, { padding: 1 }).shape; // [1, 8, 5, 5]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html
 */
export const conv2d = alias(() => operators.torch.conv2d);

/**
 * A 3D convolution over volumes of several channels.
 *
 * @param input `(N, C, D, H, W)` or `(C, D, H, W)`.
 * @param weight `(outChannels, C / groups, kernelDepth, kernelHeight, kernelWidth)`.
 * @param bias `(outChannels)`. Default: null.
 * @param stride How far the kernel moves, one number for all dimensions or one for each. Default: 1.
 * @param padding Zeros on both sides of each dimension, `'same'` or `'valid'`. Default: 0.
 * @param dilation The distance between the kernel's elements. Default: 1.
 * @param groups Into how many unconnected groups the channels are cut. Default: 1.
 *
 * @example
 * ```ts
 * const filters = torch.randn(33, 16, 3, 3, 3);
 * nn.functional.conv3d(torch.randn(20, 16, 10, 10, 10), filters).shape; // [20, 33, 8, 8, 8]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.conv3d.html
 */
export const conv3d = alias(() => operators.torch.conv3d);

/**
 * A 1D transposed convolution: the gradient of {@link conv1d} with respect to its input.
 *
 * @param input `(N, C, L)` or `(C, L)`.
 * @param weight `(C, outChannels / groups, kernelSize)`.
 * @param bias `(outChannels)`. Default: null.
 * @param stride How far apart the inputs lie in the output. Default: 1.
 * @param padding How much is cut off both sides of the output. Default: 0.
 * @param outputPadding How much the output grows on one side. Default: 0.
 * @param groups Into how many unconnected groups the channels are cut. Default: 1.
 * @param dilation The distance between the kernel's elements. Default: 1.
 *
 * @example
 * ```ts
 * nn.functional.convTranspose1d(torch.randn(20, 16, 50), torch.randn(16, 33, 5)); // [20, 33, 54]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose1d.html
 */
export const convTranspose1d = alias(() => operators.torch.convTranspose1d);

/**
 * A 2D transposed convolution: the gradient of {@link conv2d} with respect to its input.
 *
 * @param input `(N, C, H, W)` or `(C, H, W)`.
 * @param weight `(C, outChannels / groups, kernelHeight, kernelWidth)`.
 * @param bias `(outChannels)`. Default: null.
 * @param stride How far apart the inputs lie in the output. Default: 1.
 * @param padding How much is cut off both sides of each dimension of the output. Default: 0.
 * @param outputPadding How much each dimension of the output grows on one side. Default: 0.
 * @param groups Into how many unconnected groups the channels are cut. Default: 1.
 * @param dilation The distance between the kernel's elements. Default: 1.
 *
 * @example
 * ```ts
 * const filters = torch.randn(4, 8, 3, 3);
 * nn.functional.convTranspose2d(torch.randn(1, 4, 5, 5), filters, { padding: 1 }); // [1, 8, 5, 5]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose2d.html
 */
export const convTranspose2d = alias(() => operators.torch.convTranspose2d);

/**
 * A 3D transposed convolution: the gradient of {@link conv3d} with respect to its input.
 *
 * @param input `(N, C, D, H, W)` or `(C, D, H, W)`.
 * @param weight `(C, outChannels / groups, kernelDepth, kernelHeight, kernelWidth)`.
 * @param bias `(outChannels)`. Default: null.
 * @param stride How far apart the inputs lie in the output. Default: 1.
 * @param padding How much is cut off both sides of each dimension of the output. Default: 0.
 * @param outputPadding How much each dimension of the output grows on one side. Default: 0.
 * @param groups Into how many unconnected groups the channels are cut. Default: 1.
 * @param dilation The distance between the kernel's elements. Default: 1.
 *
 * @example
 * ```ts
 * const filters = torch.randn(16, 33, 3, 3, 3);
 * nn.functional.convTranspose3d(torch.randn(2, 16, 5, 5, 5), filters); // [2, 33, 7, 7, 7]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose3d.html
 */
export const convTranspose3d = alias(() => operators.torch.convTranspose3d);

/**
 * A 1D convolution whose input has time first and channels last.
 *
 * @param input `(T, N, C)`.
 * @param weight `(kernelSize, C, outChannels)`.
 * @param bias `(outChannels)`.
 * @param pad Zeros at both ends. Default: 0.
 *
 * @example
 * ```ts
 * nn.functional.convTbc(torch.randn(5, 2, 3), torch.randn(2, 3, 4), torch.randn(4)).shape; // [4, 2, 4]
 * ```
 * @see https://pytorch.org/docs/stable/nn.functional.html
 */
export const convTbc = alias(() => operators.torch.convTbc);

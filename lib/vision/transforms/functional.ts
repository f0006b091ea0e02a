/**
 * Transforms of images as functions; torchvision's `transforms.functional`.
 *
 * @see https://pytorch.org/vision/stable/transforms.html
 * @module
 */
import { ValueError } from '../../errors.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { channelConstants, checkNormalizable, checkTensor, scale } from './image.js';

/**
 * An image of bytes as floats from 0 to 1, with the channels first.
 *
 * @param image - `[H, W]` or `[H, W, C]`; uint8 is scaled by 1/255, any other dtype is kept.
 * @returns `[C, H, W]`; for uint8 of the default dtype.
 * @throws ValueError for other than 2 or 3 dimensions.
 * @example
 * ```ts
 * transforms.functional.toTensor(torch.tensor([[0, 255]], { dtype: torch.uint8 }));
 * // tensor([[[0., 1.]]])
 * ```
 * @see https://pytorch.org/vision/stable/generated/torchvision.transforms.functional.to_tensor.html
 */
export function toTensor(image: Tensor): Tensor {
  checkTensor('toTensor', image);
  if (image.ndim !== 2 && image.ndim !== 3) {
    throw new ValueError(`toTensor takes an image of 2 or 3 dimensions, got [${image.shape}]`);
  }
  return scale(image.ndim === 2 ? image.unsqueeze(0) : image.permute([2, 0, 1]).contiguous());
}

interface NormalizeArguments {
  tensor: Tensor;
  mean: number | readonly number[];
  std: number | readonly number[];
  inplace: boolean;
}

const normalizeSignature = new Signature<NormalizeArguments>('transforms.functional.normalize', {
  tensor: required,
  mean: required,
  std: required,
  inplace: false,
});

/**
 * `(image - mean) / std`, for each channel its own.
 *
 * @param tensor - A float image `[..., C, H, W]`.
 * @param mean - The mean of each channel.
 * @param std - The standard deviation of each channel, none zero.
 * @param inplace - Whether to change the image itself. Default: false.
 * @example
 * ```ts
 * transforms.functional.normalize(torch.rand(3, 8, 8), [0.5, 0.5, 0.5], [0.2, 0.2, 0.2]);
 * ```
 * @see https://pytorch.org/vision/stable/generated/torchvision.transforms.functional.normalize.html
 */
export function normalize(
  ...args: Call<
    [tensor: Tensor, mean: number | readonly number[], std: number | readonly number[]],
    [inplace: boolean],
    { inplace?: boolean }
  >
): Tensor {
  const { tensor: image, mean, std, inplace } = normalizeSignature.bind(args);
  checkNormalizable(image);
  const [means, deviations] = channelConstants(mean, std, image.dtype, image.device);
  return (inplace ? image.sub_(means) : image.sub(means)).div_(deviations);
}

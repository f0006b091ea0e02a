import { tensor } from '../../creation.js';
import type { Device } from '../../device.js';
import { type DType, uint8 } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import { getDefaultDtype } from '../../runtime.js';
import { Tensor } from '../../tensor.js';

/** Throws unless an image is a tensor. */
export function checkTensor(where: string, image: unknown): asserts image is Tensor {
  if (!(image instanceof Tensor)) {
    throw new TypeError(`${where} takes a tensor, got ${typeof image}`);
  }
}

/** Bytes as floats from 0 to 1; any other dtype as it is. */
export function scale(image: Tensor): Tensor {
  return image.dtype === uint8 ? image.to(getDefaultDtype()).div_(255) : image;
}

/** `toTensor` of a batch: `[N, H, W]` or `[N, H, W, C]` becomes `[N, C, H, W]`. */
export function toTensorBatch(images: Tensor): Tensor {
  checkTensor('toTensor', images);
  if (images.ndim !== 3 && images.ndim !== 4) {
    throw new ValueError(`toTensor takes images of 2 or 3 dimensions, got [${images.shape}]`);
  }
  return scale(images.ndim === 3 ? images.unsqueeze(1) : images.permute([0, 3, 1, 2]).contiguous());
}

/** The mean and the standard deviation of each channel, as tensors that broadcast over an image. */
export function channelConstants(
  mean: number | readonly number[],
  std: number | readonly number[],
  dtype: DType,
  device: Device,
): [mean: Tensor, std: Tensor] {
  const constant = (values: number | readonly number[]) => {
    const made = tensor(values, { dtype, device });
    return made.ndim === 1 ? made.view([-1, 1, 1]) : made;
  };
  const [means, deviations] = [constant(mean), constant(std)];
  if (deviations.eq(0).any().item()) {
    throw new ValueError(
      `normalize: a std of ${std} is zero as ${dtype}, and would divide by zero`,
    );
  }
  return [means, deviations];
}

/** Throws unless it is a tensor that `normalize` takes. */
export function checkNormalizable(image: unknown): asserts image is Tensor {
  checkTensor('normalize', image);
  if (!image.dtype.isFloatingPoint) {
    throw new TypeError(`normalize takes a float tensor, got ${image.dtype}; apply ToTensor first`);
  }
  if (image.ndim < 3) {
    throw new ValueError(`normalize takes an image [..., C, H, W], got [${image.shape}]`);
  }
}

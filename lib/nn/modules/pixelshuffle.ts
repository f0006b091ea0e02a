import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { Module } from './module.js';
import { checkCounts } from './utils.js';

const pixelShuffle = new Signature<{ upscaleFactor: number }>('nn.PixelShuffle', {
  upscaleFactor: required,
});

/**
 * Makes an image larger by laying its channels side by side: `r * r` channels become a square of
 * `r` by `r` pixels of one.
 *
 * @param upscaleFactor The factor `r` by which height and width grow.
 *
 * Shape: `(*, C * r * r, H, W)` to `(*, C, H * r, W * r)`.
 *
 * @example
 * ```ts
 * const shuffle = new nn.PixelShuffle(3);
 * shuffle(torch.randn(1, 9, 4, 4)).shape; // [1, 1, 12, 12]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.PixelShuffle.html
 */
export class PixelShuffle extends Module {
  upscaleFactor: number;

  constructor(...args: Call<[upscaleFactor: number], [], { upscaleFactor?: number }>) {
    super();
    const { upscaleFactor } = pixelShuffle.bind(args);
    checkCounts(pixelShuffle.where, { upscaleFactor });
    this.upscaleFactor = upscaleFactor;
  }

  override forward(input: Tensor): Tensor {
    return operators.torch.pixelShuffle(input, this.upscaleFactor);
  }

  override extraRepr(): string {
    return `upscale_factor=${this.upscaleFactor}`;
  }
}

const pixelUnshuffle = new Signature<{ downscaleFactor: number }>('nn.PixelUnshuffle', {
  downscaleFactor: required,
});

/**
 * Undoes {@link PixelShuffle}: each square of `r` by `r` pixels becomes `r * r` channels.
 *
 * @param downscaleFactor The factor `r` by which height and width shrink.
 *
 * Shape: `(*, C, H * r, W * r)` to `(*, C * r * r, H, W)`.
 *
 * @example
 * ```ts
 * const unshuffle = new nn.PixelUnshuffle(3);
 * unshuffle(torch.randn(1, 1, 12, 12)).shape; // [1, 9, 4, 4]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.PixelUnshuffle.html
 */
export class PixelUnshuffle extends Module {
  downscaleFactor: number;

  constructor(...args: Call<[downscaleFactor: number], [], { downscaleFactor?: number }>) {
    super();
    const { downscaleFactor } = pixelUnshuffle.bind(args);
    checkCounts(pixelUnshuffle.where, { downscaleFactor });
    this.downscaleFactor = downscaleFactor;
  }

  override forward(input: Tensor): Tensor {
    return operators.torch.pixelUnshuffle(input, this.downscaleFactor);
  }

  override extraRepr(): string {
    return `downscale_factor=${this.downscaleFactor}`;
  }
}

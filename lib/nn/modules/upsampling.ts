import { type Call, Signature } from '../../options.js';
import { floatRepr, repr } from '../../python-repr.js';
import type { Tensor } from '../../tensor.js';
import type { Size2 } from '../common-types.js';
import {
  type InterpolateOptions,
  type InterpolationMode,
  type InterpolationSize,
  interpolate,
} from '../functional/interpolate.js';
import { Module } from './module.js';

/** What {@link Upsample} takes. */
export type UpsampleLayerOptions = Omit<InterpolateOptions, 'antialias'>;

const upsample = new Signature<Required<UpsampleLayerOptions>>('nn.Upsample', {
  size: null,
  scaleFactor: null,
  mode: 'nearest',
  alignCorners: null,
  recomputeScaleFactor: null,
});

/**
 * Makes signals, images or volumes larger.
 *
 * Arguments, by position or by name: {@link InterpolateOptions} without `antialias`; one of `size`
 * and `scaleFactor` is needed.
 *
 * Shape: `(N, C, L)`, `(N, C, H, W)` or `(N, C, D, H, W)`, to the same with the size asked for.
 *
 * @example
 * ```ts
 * const up = new nn.Upsample({ scaleFactor: 2, mode: 'nearest' });
 * up(torch.tensor([[[[1, 2]]]])); // tensor([[[[1., 1., 2., 2.], [1., 1., 2., 2.]]]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Upsample.html
 */
export class Upsample extends Module {
  size: InterpolationSize | null;
  scaleFactor: number | readonly number[] | null;
  mode: InterpolationMode;
  alignCorners: boolean | null;
  recomputeScaleFactor: boolean | null;

  constructor(
    ...args: Call<
      [],
      [
        size: InterpolationSize | null,
        scaleFactor: number | readonly number[] | null,
        mode: InterpolationMode,
        alignCorners: boolean | null,
        recomputeScaleFactor: boolean | null,
      ],
      UpsampleLayerOptions
    >
  ) {
    super();
    const given = upsample.bind(args);
    this.size = given.size;
    this.scaleFactor = given.scaleFactor;
    this.mode = given.mode;
    this.alignCorners = given.alignCorners;
    this.recomputeScaleFactor = given.recomputeScaleFactor;
  }

  override forward(input: Tensor): Tensor {
    const { size, scaleFactor, mode, alignCorners, recomputeScaleFactor } = this;
    return interpolate(input, { size, scaleFactor, mode, alignCorners, recomputeScaleFactor });
  }

  override extraRepr(): string {
    const { size, scaleFactor } = this;
    let text = `size=${repr(size)}`;
    if (typeof scaleFactor === 'number') text = `scale_factor=${floatRepr(scaleFactor)}`;
    else if (scaleFactor) text = `scale_factor=(${scaleFactor.map(floatRepr).join(', ')})`;
    return `${text}, mode=${repr(this.mode)}`;
  }
}

/** What the layers of one mode take. */
export interface Upsampling2dOptions {
  /** The height and width of the output, or one number for both. Default: null. */
  size?: Size2 | null;
  /** By how much height and width grow, or one number for both. Default: null. */
  scaleFactor?: Size2 | null;
}

type Upsampling2dCall = Call<
  [],
  [size: Size2 | null, scaleFactor: Size2 | null],
  Upsampling2dOptions
>;

const bySize = (name: string) =>
  new Signature<Required<Upsampling2dOptions>>(`nn.${name}`, { size: null, scaleFactor: null });

const nearest2d = bySize('UpsamplingNearest2d');

/**
 * Makes images larger by repeating pixels: {@link Upsample} in the mode `'nearest'`.
 *
 * Arguments, by position or by name: {@link Upsampling2dOptions}; one of them is needed.
 *
 * Shape: `(N, C, H, W)` to the same with the size asked for.
 *
 * @deprecated Use {@link nn.functional.interpolate}.
 * @example
 * ```ts
 * const up = new nn.UpsamplingNearest2d({ scaleFactor: 2 });
 * up(torch.randn(1, 1, 2, 2)).shape; // [1, 1, 4, 4]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.UpsamplingNearest2d.html
 */
export class UpsamplingNearest2d extends Upsample {
  constructor(...args: Upsampling2dCall) {
    super({ ...nearest2d.bind(args), mode: 'nearest' });
  }
}

const bilinear2d = bySize('UpsamplingBilinear2d');

/**
 * Makes images larger by linear interpolation: {@link Upsample} in the mode `'bilinear'` with
 * `alignCorners`.
 *
 * Arguments, by position or by name: {@link Upsampling2dOptions}; one of them is needed.
 *
 * Shape: `(N, C, H, W)` to the same with the size asked for.
 *
 * @deprecated Use {@link nn.functional.interpolate}.
 * @example
 * ```ts
 * const up = new nn.UpsamplingBilinear2d({ size: [1, 3] });
 * up(torch.tensor([[[[1, 2]]]])); // tensor([[[[1.0000, 1.5000, 2.0000]]]])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.UpsamplingBilinear2d.html
 */
export class UpsamplingBilinear2d extends Upsample {
  constructor(...args: Upsampling2dCall) {
    super({ ...bilinear2d.bind(args), mode: 'bilinear', alignCorners: true });
  }
}

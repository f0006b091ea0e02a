import type { Device } from '../device.js';
import type { DType } from '../dtype.js';

/** One number for every dimension, or one for each: the sizes of a 1D layer. */
export type Size1 = number | readonly [number];
/** One number for both dimensions, or one for each: the sizes of a 2D layer. */
export type Size2 = number | readonly [number, number];
/** One number for all three dimensions, or one for each: the sizes of a 3D layer. */
export type Size3 = number | readonly [number, number, number];

/** An output size for each of two dimensions; null keeps the input's. */
export type OptionalSize2 = number | null | readonly [number | null, number | null];
/** An output size for each of three dimensions; null keeps the input's. */
export type OptionalSize3 = number | null | readonly [number | null, number | null, number | null];

/** Where a layer's tensors are made, and of which type. */
export interface FactoryOptions {
  /** The device of the parameters and buffers. Default: the CPU. */
  device?: Device | string;
  /** The floating-point dtype of the parameters. Default: `torch.getDefaultDtype()`. */
  dtype?: DType;
}

/** What the layers' signatures say about {@link FactoryOptions}. */
export const factoryDefaults = { device: undefined, dtype: undefined };

/** The options of a layer that can overwrite its input. */
export interface InplaceOptions {
  /** Writes the result into the input. Default: false. */
  inplace?: boolean;
}

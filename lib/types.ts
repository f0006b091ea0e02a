import type { Complex } from './complex.js';
import type { Device } from './device.js';
import type { DType } from './dtype.js';
import type { Layout } from './layout.js';

/**
 * A single number beside a tensor. An integral `number` is an integer, any other is a double;
 * a `bigint` is an int64.
 */
export type Scalar = number | bigint | boolean | Complex;

/** The sizes of a tensor, one for each dimension. */
export type Size = readonly number[];

/**
 * Several results: a tuple whose elements are also properties, such as `values` and `indices`. A
 * field that is called like a method of arrays takes its place. There is no result behind the last.
 */
export type Named<Tuple extends readonly unknown[], Fields> =
  Extract<keyof Fields, keyof Tuple> extends never
    ? Tuple & Fields
    : Omit<Tuple, keyof Fields | number> & Fields;

/** What a device may be given as: itself, or its name, such as `'cuda:1'`. */
export type DeviceLike = Device | string;

/** What every function that makes a tensor takes. */
export interface TensorOptions {
  /** The element type. Default: that of the input, or `torch.getDefaultDtype()`. */
  dtype?: DType | null;
  /** The memory layout. Default: that of the input, or `torch.strided`. */
  layout?: Layout | null;
  /** Where to make it. Default: where the input is, or the default device. */
  device?: DeviceLike | null;
  /** Whether to make it in page-locked memory, for faster copies to a GPU. Default: false. */
  pinMemory?: boolean | null;
  /** Whether autograd records what is done with it. Default: false. */
  requiresGrad?: boolean | null;
}

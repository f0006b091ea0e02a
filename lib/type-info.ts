import type { DType, DTypeName } from './dtype.js';
import { getDefaultDtype } from './runtime.js';

/** The limits of a floating-point dtype, as {@link finfo} gives them. */
export interface FloatInfo {
  /** The dtype's name; for a complex dtype, that of its parts. */
  readonly dtype: DTypeName;
  readonly bits: number;
  /** The step from 1 to the next number. */
  readonly eps: number;
  readonly max: number;
  readonly min: number;
  /** The smallest positive number with full precision. */
  readonly tiny: number;
  /** The smallest positive number with full precision. */
  readonly smallestNormal: number;
  /** The precision in decimal digits, as a power of ten. */
  readonly resolution: number;
}

/** The limits of an integral dtype, as {@link iinfo} gives them. */
export interface IntegerInfo {
  readonly dtype: DTypeName;
  readonly bits: number;
  /** A bigint for the dtypes of 64 bits, whose limits no number holds. */
  readonly max: number | bigint;
  /** A bigint for the dtypes of 64 bits. */
  readonly min: number | bigint;
}

/** Bits of the fraction, and the exponents of the smallest normal and of the largest number. */
const formats: Partial<Record<DTypeName, [fraction: number, least: number, greatest: number]>> = {
  float8_e5m2: [2, -14, 15],
  float8_e4m3fn: [3, -6, 8],
  float8_e5m2fnuz: [2, -15, 15],
  float8_e4m3fnuz: [3, -7, 7],
  float8_e8m0fnu: [0, -127, 127],
  float16: [10, -14, 15],
  bfloat16: [7, -126, 127],
  float32: [23, -126, 127],
  float64: [52, -1022, 1023],
};

/** The dtypes of the parts of complex numbers. */
const parts: Partial<Record<DTypeName, DTypeName>> = {
  complex32: 'float16',
  complex64: 'float32',
  complex128: 'float64',
};

/**
 * The limits of a floating-point or complex dtype.
 *
 * @param dtype Default: `torch.getDefaultDtype()`.
 * @throws TypeError for another dtype.
 *
 * @example
 * ```ts
 * torch.finfo(torch.float32).eps; // 1.1920928955078125e-7
 * torch.finfo(torch.float16).max; // 65504
 * x.maskedFill(x.lt(0), torch.finfo(x.dtype).min);
 * ```
 * @see https://pytorch.org/docs/stable/type_info.html#torch.torch.finfo
 */
export function finfo(dtype: DType = getDefaultDtype()): FloatInfo {
  const name = parts[dtype?.name] ?? dtype?.name;
  const format = formats[name];
  if (!format) throw new TypeError(`finfo() takes a floating-point dtype, got ${String(dtype)}`);
  const [fraction, least, greatest] = format;
  const step = 2 ** -fraction;
  // The largest bit pattern of float8_e4m3fn is no number but NaN.
  const top = name === 'float8_e4m3fn' ? 2 - 2 * step : 2 - step;
  const max = top * 2 ** greatest;
  const tiny = 2 ** least;
  return {
    dtype: name,
    bits: (dtype.isComplex ? dtype.itemsize / 2 : dtype.itemsize) * 8,
    // libtorch says half a step of this one.
    eps: name === 'float8_e5m2fnuz' ? step / 2 : step,
    max,
    min: dtype.isSigned ? -max : tiny,
    tiny,
    smallestNormal: tiny,
    resolution: Number(`1e-${Math.floor(fraction * Math.log10(2))}`),
  };
}

/** Whether it is one of the dtypes of whole numbers, but for `bool`, the quantized ones and those that pack bits. @internal */
export function isIntegral(dtype: DType): boolean {
  return /^u?int(8|16|32|64)$/.test(dtype?.name);
}

/**
 * The limits of an integral dtype.
 *
 * @throws TypeError for another dtype.
 *
 * @example
 * ```ts
 * torch.iinfo(torch.uint8).max; // 255
 * torch.iinfo(torch.int64).max; // 9223372036854775807n
 * ```
 * @see https://pytorch.org/docs/stable/type_info.html#torch.torch.iinfo
 */
export function iinfo(dtype: DType): IntegerInfo {
  if (!isIntegral(dtype) && !/^qu?int/.test(dtype?.name)) {
    throw new TypeError(`iinfo() takes an integral dtype, got ${String(dtype)}`);
  }
  const bits = dtype.itemsize * 8;
  const count = 1n << BigInt(bits);
  const min = dtype.isSigned ? -count / 2n : 0n;
  const max = min + count - 1n;
  return bits === 64
    ? { dtype: dtype.name, bits, max, min }
    : { dtype: dtype.name, bits, max: Number(max), min: Number(min) };
}

import { bool, type DType, float32 } from '../dtype.js';
import { ValueError } from '../errors.js';
import type { MemoryFormat } from '../memory-format.js';
import { operators } from '../operators.js';
import { isPlainObject, required, Signature } from '../options.js';
import type { Tensor } from '../tensor.js';
import { finfo, iinfo } from '../type-info.js';
import type { DeviceLike, Size } from '../types.js';

/** The options of {@link makeTensor}. */
export interface MakeTensorOptions {
  /** The element type. */
  dtype: DType;
  /** Where to put it. Default: the CPU. */
  device?: DeviceLike;
  /** The least that is drawn. Default: 0 of bool, else -9. */
  low?: number | null;
  /** What is drawn is less. Default: 2 of bool, 10 of integers, else 9. */
  high?: number | null;
  /** Whether autograd records what is done with it. Default: false. */
  requiresGrad?: boolean;
  /** Whether the elements lie apart in memory, where there are several. Default: false. */
  noncontiguous?: boolean;
  /** Whether zeros become 1, or the smallest number above zero. Default: false. */
  excludeZero?: boolean;
  /** The order of the dimensions in memory; not beside `noncontiguous`. */
  memoryFormat?: MemoryFormat | null;
}

type Bound = Required<MakeTensorOptions>;

const signature = new Signature<Bound>(
  'testing.makeTensor()',
  {},
  {
    dtype: required,
    device: 'cpu',
    low: null,
    high: null,
    requiresGrad: false,
    noncontiguous: false,
    excludeZero: false,
    memoryFormat: null,
  },
);

/** The bounds to draw from, within what the dtype holds. */
function bounds(bound: Bound, least: number, most: number, low: number, high: number) {
  const from = bound.low ?? low;
  const to = bound.high ?? high;
  if (Number.isNaN(from) || Number.isNaN(to)) {
    throw new ValueError(`makeTensor(): low and high cannot be NaN, got ${from} and ${to}`);
  }
  const isInteger = !bound.dtype.isFloatingPoint && !bound.dtype.isComplex;
  if (from > to || (from === to && isInteger)) {
    throw new ValueError(`makeTensor(): low must be less than high, got ${from} and ${to}`);
  }
  if (to < least || from >= most) {
    throw new ValueError(
      `makeTensor(): ${bound.dtype} holds nothing from ${from} to ${to}; it holds ${least} to ${most}`,
    );
  }
  const clamp = (value: number) => Math.min(Math.max(value, least), most);
  return isInteger ? [Math.ceil(clamp(from)), Math.ceil(clamp(to))] : [clamp(from), clamp(to)];
}

function uniform(made: Tensor, low: number, high: number): Tensor {
  // The range itself must be a number of the dtype.
  return high - low >= finfo(made.dtype).max
    ? made.uniform_(low / 2, high / 2).mul_(2)
    : made.uniform_(low, high);
}

function draw(shape: number[], bound: Bound): Tensor {
  const { dtype, device } = bound;
  if (dtype === bool) {
    const [low, high] = bounds(bound, 0, 2, 0, 2) as [number, number];
    return operators.torch.randint(low, high, shape, { dtype, device });
  }
  if (!dtype.isFloatingPoint && !dtype.isComplex) {
    const { min, max } = iinfo(dtype);
    const [low, high] = bounds(bound, Number(min), Number(max) + 1, -9, 10) as [number, number];
    return operators.torch.randint(low, high, shape, { dtype, device });
  }
  const { min, max } = finfo(dtype);
  const [low, high] = bounds(bound, min, max, -9, 9) as [number, number];
  // Of the dtypes of 8 bits nothing is drawn directly.
  const drawn = dtype.itemsize === 1 ? float32 : dtype;
  const made = operators.torch.empty(shape, { dtype: drawn, device });
  uniform(dtype.isComplex ? operators.torch.viewAsReal(made) : made, low, high);
  return made.to(dtype);
}

/**
 * A tensor of uniformly drawn numbers, for tests.
 *
 * @param shape Its sizes, one by one or in an array.
 * @param options.dtype The element type.
 * @param options.device Where to put it. Default: the CPU.
 * @param options.low The least that is drawn. Default: 0 of bool, else -9.
 * @param options.high What is drawn is less. Default: 2 of bool, 10 of integers, else 9.
 * @param options.requiresGrad Whether autograd records what is done with it. Default: false.
 * @param options.noncontiguous Whether the elements lie apart in memory. Default: false.
 * @param options.excludeZero Whether zeros become 1, or the smallest number above zero. Default: false.
 * @param options.memoryFormat The order of the dimensions in memory; not beside `noncontiguous`.
 * @throws ValueError for bounds that the dtype does not hold, or options that exclude each other.
 *
 * @example
 * ```ts
 * torch.testing.makeTensor(2, 3, { dtype: torch.float32, low: -1, high: 1 }).shape; // [2, 3]
 * ```
 * @see https://pytorch.org/docs/stable/testing.html
 */
export function makeTensor(
  ...args:
    | [...shape: number[], options: MakeTensorOptions]
    | [shape: Size, options: MakeTensorOptions]
): Tensor {
  const last = args.at(-1);
  const bound = signature.bind([isPlainObject(last) ? last : {}]);
  const sizes = isPlainObject(last) ? args.slice(0, -1) : args;
  const shape = [...(Array.isArray(sizes[0]) ? sizes[0] : sizes)] as number[];
  const { dtype, requiresGrad, memoryFormat } = bound;
  const isInteger = !dtype.isFloatingPoint && !dtype.isComplex;
  if (bound.noncontiguous && memoryFormat !== null) {
    throw new ValueError('makeTensor(): noncontiguous and memoryFormat exclude each other');
  }
  if (requiresGrad && isInteger) {
    throw new ValueError(`makeTensor(): a tensor of ${dtype} cannot require gradients`);
  }
  const count = shape.reduce((product, size) => product * size, 1);
  const isApart = bound.noncontiguous && count > 1;
  const drawn = isApart ? [...shape.slice(0, -1), 2 * (shape.at(-1) as number)] : shape;
  let made = draw(drawn, bound);
  if (isApart) made = made.index('..., 1::2');
  else if (memoryFormat !== null) made = made.clone({ memoryFormat });
  if (bound.excludeZero) {
    made.maskedFill_(made.eq(0), isInteger ? 1 : finfo(dtype).tiny);
  }
  return requiresGrad ? made.requiresGrad_() : made;
}

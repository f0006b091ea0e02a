import { Complex } from './complex.js';
import { defaultDevice } from './default-device.js';
import { Device } from './device.js';
import {
  bool,
  complex64,
  complex128,
  DType,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
} from './dtype.js';
import { ValueError } from './errors.js';
import { idOf, isHandle, setId } from './handle.js';
import { native } from './native.js';
import { operators } from './operators.js';
import { checkFlags, checkOptions, isPlainObject } from './options.js';
import { getDefaultDtype } from './runtime.js';
import { pin } from './shared-memory.js';
import { Tensor } from './tensor.js';
import type { TypedArrayOf } from './tensor-elements.js';
import { iinfo, isIntegral } from './type-info.js';
import type { DeviceLike, Scalar, Size, TensorOptions } from './types.js';
import { warn } from './warnings.js';

/** The TypedArrays that a tensor can be made of. */
export type TypedArray = TypedArrayOf | Uint8ClampedArray;

/** A number, an array of numbers, an array of those, ... of one shape. */
export type NestedArray = Scalar | Tensor | TypedArray | readonly NestedArray[];

/** The options of {@link tensor}. */
export interface TensorDataOptions {
  /** The element type. Default: from the data. */
  dtype?: DType | null;
  /** Where to put it. Default: `torch.getDefaultDevice()`. */
  device?: DeviceLike | null;
  /** Whether autograd records what is done with it. Default: false. */
  requiresGrad?: boolean;
}

const OPTIONS = ['dtype', 'device', 'requiresGrad', 'pinMemory'];

function checkTensorOptions(where: string, options: object, known: readonly string[]): void {
  if (!isPlainObject(options)) {
    throw new TypeError(`${where} takes its options in a plain object, such as { dtype }`);
  }
  checkOptions(where, options, known);
  const { dtype } = options;
  if (dtype !== undefined && dtype !== null && !(dtype instanceof DType)) {
    throw new TypeError(`${where}: dtype must be one such as torch.float32, got ${String(dtype)}`);
  }
}

const typedArrayDTypes = new Map<unknown, DType>([
  [Int8Array, int8],
  [Uint8Array, uint8],
  [Uint8ClampedArray, uint8],
  [Int16Array, int16],
  [Uint16Array, uint16],
  [Int32Array, int32],
  [Uint32Array, uint32],
  [BigInt64Array, int64],
  [BigUint64Array, uint64],
  [Float32Array, float32],
  [Float64Array, float64],
]);

/** Whether it is a TypedArray. @internal */
export function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** The dtype of a TypedArray's elements; a Buffer is a Uint8Array. */
function dtypeOfTypedArray(array: TypedArray): DType {
  for (const [arrayClass, dtype] of typedArrayDTypes) {
    if (array instanceof (arrayClass as new () => TypedArray)) return dtype;
  }
  const name = array.constructor.name;
  throw new TypeError(`tensor(): there is no dtype for the elements of a ${name}`);
}

/** Sees to it that the bytes, which a tensor is going to lie on, stay where they are. */
function pinMemory(bytes: ArrayBuffer | ArrayBufferView): void {
  const buffer = ArrayBuffer.isView(bytes) ? bytes.buffer : bytes;
  if ((buffer as { resizable?: boolean }).resizable) {
    throw new TypeError(
      'a tensor cannot share the memory of a resizable ArrayBuffer; torch.tensor() copies it',
    );
  }
  pin(buffer);
}

/** The CPU tensor of a buffer's bytes. @internal */
export function tensorOfBytes(
  bytes: ArrayBuffer | ArrayBufferView,
  shape: readonly number[],
  dtype: DType,
  copy: boolean,
): Tensor {
  if (!copy) pinMemory(bytes);
  const result = new Tensor();
  setId(result, native.fromBytes(bytes as ArrayBuffer, shape, dtype.code, copy, result));
  return result;
}

/** What an element may be. */
type Element = number | bigint | boolean | Complex;

function elementOf(value: unknown): Element {
  switch (typeof value) {
    case 'number':
    case 'bigint':
    case 'boolean':
      return value;
    default:
      if (value instanceof Complex) return value;
  }
  if (typeof value === 'object' && value !== null && isHandle(value)) {
    const tensor = value as Tensor;
    return tensor.dtype === int64 ? tensor.itemBigInt() : tensor.item();
  }
  throw new TypeError(
    `tensor(): expected numbers, bigints, booleans, Complex numbers, or (nested) arrays of them, got ${value === null ? 'null' : typeof value}`,
  );
}

/**
 * Gathers the elements of nested arrays, and their shape: every array of a depth must have the
 * same length. Each is read once, since the user's own code may answer for it.
 */
function gather(
  data: unknown,
  elements: Element[],
  shape: number[],
  depth: number,
  seen: unknown[],
): void {
  if (!Array.isArray(data) && !isTypedArray(data)) {
    if (depth < shape.length) {
      throw new ValueError(
        `tensor(): the data is ragged: expected an array of length ${shape[depth]} at depth ${depth}, got ${typeof data}`,
      );
    }
    elements.push(elementOf(data));
    return;
  }
  if (seen.includes(data)) throw new ValueError('tensor(): the array holds itself');
  if (depth === shape.length) {
    if (elements.length > 0) {
      throw new ValueError(
        `tensor(): the data is ragged: an array at depth ${depth} beside a number`,
      );
    }
    shape.push(data.length);
  } else if (shape[depth] !== data.length) {
    throw new ValueError(
      `tensor(): the data is ragged: expected an array of length ${shape[depth]} at depth ${depth}, got ${data.length}`,
    );
  }
  if (isTypedArray(data)) {
    for (const item of data) elements.push(item);
    return;
  }
  seen.push(data);
  for (const item of data) gather(item, elements, shape, depth + 1, seen);
  seen.pop();
}

/** JS numbers give the default dtype, bigints int64, booleans bool, as the widest of them. */
function inferDType(items: Element[]): DType {
  let inferred: DType = items.length === 0 ? getDefaultDtype() : bool;
  for (const item of items) {
    if (typeof item === 'number') {
      if (!inferred.isComplex) inferred = getDefaultDtype();
    } else if (typeof item === 'bigint') {
      if (inferred === bool) inferred = int64;
    } else if (item instanceof Complex) {
      return getDefaultDtype() === float64 ? complex128 : complex64;
    }
  }
  return inferred;
}

/** As Python's bool(): NaN is true, a complex zero is false. */
function toBit(item: Element): number {
  return item instanceof Complex
    ? toBit(item.real) | toBit(item.imag)
    : Number(item !== false && item !== 0 && item !== 0n);
}

function toNumber(item: Element): number {
  if (item instanceof Complex) {
    throw new TypeError('tensor(): a complex number needs a complex dtype');
  }
  return Number(item);
}

/** The items as elements of a dtype that JavaScript has an array for, and that dtype. */
function encode(items: Element[], dtype: DType): { array: TypedArray; dtype: DType } {
  if (dtype.isComplex) {
    const parts = items.flatMap((item) =>
      item instanceof Complex ? [item.real, item.imag] : [Number(item), 0],
    );
    return { array: new Float64Array(parts), dtype: complex128 };
  }
  if (dtype === bool) return { array: Uint8Array.from(items, toBit), dtype };
  if (isIntegral(dtype)) checkRange(items, dtype);
  if (dtype === int64 || dtype === uint64) {
    const integers = items.map((item) =>
      typeof item === 'bigint' ? item : BigInt(Math.trunc(toNumber(item))),
    );
    return { array: BigInt64Array.from(integers.map((n) => BigInt.asIntN(64, n))), dtype };
  }
  const numbers = items.map(toNumber);
  if (dtype === float32) return { array: Float32Array.from(numbers), dtype };
  return { array: Float64Array.from(numbers), dtype: float64 };
}

/** Throws for what an integral dtype cannot hold; below zero unsigned ones wrap, as PyTorch's do. */
function checkRange(items: Element[], dtype: DType): void {
  const { min, max } = iinfo(dtype);
  const least = dtype.isSigned || dtype === uint64 ? min : -max;
  for (const item of items) {
    const value = typeof item === 'bigint' ? item : Math.trunc(toNumber(item));
    if (!(value >= least && value <= max)) {
      throw new ValueError(`tensor(): ${String(item)} cannot be an element of dtype ${dtype}`);
    }
  }
}

/**
 * A new tensor of the data: a number, nested arrays of numbers, or a TypedArray, which is copied
 * in one piece.
 *
 * @param data JS numbers give `torch.getDefaultDtype()` (float32), bigints int64, booleans bool,
 * `Complex` numbers complex64; a TypedArray gives its own dtype. Arrays of one depth must have the
 * same length.
 * @param options.dtype Default: from the data.
 * @param options.device Default: `torch.getDefaultDevice()`, the CPU unless it was set.
 * @param options.requiresGrad Default: false.
 * @throws ValueError where the arrays are ragged, TypeError where an element is no number.
 *
 * @example
 * ```ts
 * torch.tensor([[1, 2], [3, 4]]); // tensor([[1., 2.], [3., 4.]])
 * torch.tensor([1n, 2n]); // tensor([1, 2])
 * torch.tensor(new Float64Array([1, 2])); // tensor([1., 2.], dtype=torch.float64)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.tensor.html
 */
export function tensor(data: NestedArray, options: TensorDataOptions = {}): Tensor {
  checkTensorOptions('tensor()', options, OPTIONS);
  const { dtype, requiresGrad = false } = options;
  const device = options.device ?? defaultDevice();
  let made: Tensor;
  if (typeof data === 'object' && data !== null && isHandle(data)) {
    warn(
      'to copy a tensor, x.clone().detach() or x.clone().detach().requiresGrad_(true) is recommended, rather than torch.tensor(x)',
    );
    made = (data as Tensor).detach().clone();
  } else if (isTypedArray(data)) {
    made = tensorOfBytes(data, [data.length], dtypeOfTypedArray(data), true);
  } else {
    const shape: number[] = [];
    const items: Element[] = [];
    gather(data, items, shape, 0, []);
    const wanted = dtype ?? inferDType(items);
    const { array, dtype: encoded } = encode(items, wanted);
    made = tensorOfBytes(array, shape, encoded, true);
    if (encoded !== wanted) made = made.to(wanted);
  }
  if (dtype && made.dtype !== dtype) made = made.to(dtype);
  if (device) made = made.to(Device.from(device));
  return requiresGrad ? made.requiresGrad_() : made;
}

/**
 * The data as a tensor, without a copy where that can be: a tensor of the wanted dtype and device
 * is returned as it is, and a TypedArray's memory is shared, so that changes on one side are seen
 * on the other.
 *
 * @example
 * ```ts
 * const memory = new Float32Array(2);
 * torch.asTensor(memory).fill_(7);
 * memory[0]; // 7
 * torch.asTensor(x) === x; // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.as_tensor.html
 */
export function asTensor(data: NestedArray, options: Omit<TensorDataOptions, 'requiresGrad'> = {}) {
  checkTensorOptions('asTensor()', options, ['dtype', 'device']);
  const { dtype } = options;
  const device = options.device ?? defaultDevice();
  let made: Tensor;
  if (typeof data === 'object' && data !== null && isHandle(data)) made = data as Tensor;
  else if (isTypedArray(data)) {
    made = tensorOfBytes(data, [data.length], dtypeOfTypedArray(data), false);
  } else return tensor(data, options);
  if (dtype && made.dtype !== dtype) made = made.to(dtype);
  return device ? made.to(Device.from(device)) : made;
}

/** The options of {@link asarray}. */
export interface AsarrayOptions {
  /** The element type. Default: that of the data; for an ArrayBuffer the default dtype. */
  dtype?: DType | null;
  /** Where to put it. Default: where the data is. */
  device?: DeviceLike | null;
  /** Whether to copy: always, never (and throw where it must be), or, by default, where it must be. */
  copy?: boolean | null;
  /** Whether autograd records what is done with it. Default: as the data does. */
  requiresGrad?: boolean | null;
}

function arrayBufferTensor(buffer: ArrayBuffer, dtype: DType): Tensor {
  const { byteLength } = buffer;
  if (byteLength % dtype.itemsize !== 0) {
    throw new ValueError(
      `asarray(): ${byteLength} bytes are no whole number of elements of ${dtype}`,
    );
  }
  return tensorOfBytes(buffer, [byteLength / dtype.itemsize], dtype, false);
}

/** The data as a tensor on its own memory; undefined for numbers and arrays, which have none. */
function aliasOf(obj: unknown, dtype: DType): Tensor | undefined {
  if (isTensor(obj)) return obj;
  if (isTypedArray(obj)) return fromTypedArray(obj);
  return obj instanceof ArrayBuffer ? arrayBufferTensor(obj, dtype) : undefined;
}

/** A tensor that has the wanted history: of its own where it is to record, else none. */
function withGrad(tensor: Tensor, requiresGrad: boolean | null | undefined): Tensor {
  if (requiresGrad === true) return tensor.requiresGrad_();
  return requiresGrad === false && tensor.requiresGrad ? tensor.detach() : tensor;
}

/**
 * The data as a tensor: a tensor's, a TypedArray's or an ArrayBuffer's memory is shared where it has
 * the wanted dtype and device; numbers and nested arrays are copied.
 *
 * @param obj A Tensor, a TypedArray, an ArrayBuffer, a number, or nested arrays of numbers.
 *
 * Further arguments, by name: {@link AsarrayOptions}.
 *
 * @throws ValueError where `copy` is false and the data must be copied.
 *
 * @example
 * ```ts
 * const memory = new Float32Array(2);
 * torch.asarray(memory).fill_(7);
 * memory[0]; // 7
 * torch.asarray(memory, { copy: true }).fill_(0);
 * memory[0]; // 7
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.asarray.html
 */
export function asarray(obj: NestedArray | ArrayBuffer, options: AsarrayOptions = {}): Tensor {
  const known = ['dtype', 'device', 'copy', 'requiresGrad'];
  checkTensorOptions('asarray()', options, known);
  const { dtype, copy, requiresGrad } = options;
  checkFlags('asarray()', { copy, requiresGrad });
  const chosen = options.device ?? defaultDevice();
  const alias = aliasOf(obj, dtype ?? getDefaultDtype());
  if (!alias) {
    if (copy === false) {
      throw new ValueError('asarray(): numbers and arrays are copied; `copy` cannot be false');
    }
    return withGrad(tensor(obj as NestedArray, { dtype, device: chosen }), requiresGrad);
  }
  const device = chosen === null ? alias.device : Device.from(chosen);
  const wanted = dtype ?? alias.dtype;
  const isSame = device === alias.device && wanted === alias.dtype;
  if (!isSame && copy === false) {
    throw new ValueError(
      `asarray(): a tensor of ${alias.dtype} on ${alias.device} becomes one of ${wanted} on ${device} by a copy only, and \`copy\` is false`,
    );
  }
  const made = isSame && !copy ? alias : alias.to(device, wanted, { copy: copy ?? false });
  return withGrad(made, requiresGrad);
}

/**
 * A one-dimensional tensor on the memory of a TypedArray, which is not copied; PyTorch's
 * `torch.from_numpy`.
 *
 * @example
 * ```ts
 * const pixels = new Uint8Array([0, 128, 255]);
 * torch.fromTypedArray(pixels); // tensor([  0, 128, 255], dtype=torch.uint8)
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.from_numpy.html
 */
export function fromTypedArray(array: TypedArray): Tensor {
  if (!isTypedArray(array)) throw new TypeError('fromTypedArray(): expected a TypedArray');
  return tensorOfBytes(array, [array.length], dtypeOfTypedArray(array), false);
}

/** The options of {@link fromArrayBuffer}. */
export interface FromArrayBufferOptions {
  /** The element type of the bytes. */
  dtype: DType;
  /** How many elements. Default: as many as there are behind the offset. */
  count?: number;
  /** Where the first element begins, in bytes; a multiple of the element's size. Default: 0. */
  offset?: number;
  requiresGrad?: boolean;
}

/**
 * A one-dimensional tensor on the memory of an ArrayBuffer, which is not copied; PyTorch's
 * `torch.frombuffer`.
 *
 * @example
 * ```ts
 * const { buffer } = new Float32Array([1, 2, 3]);
 * torch.fromArrayBuffer(buffer, { dtype: torch.float32, offset: 4 }); // tensor([2., 3.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.frombuffer.html
 */
export function fromArrayBuffer(buffer: ArrayBuffer, options: FromArrayBufferOptions): Tensor {
  if (!(buffer instanceof ArrayBuffer)) {
    throw new TypeError(
      'fromArrayBuffer(): expected an ArrayBuffer; for a view of one, use fromTypedArray()',
    );
  }
  const known = ['dtype', 'count', 'offset', 'requiresGrad'];
  checkTensorOptions('fromArrayBuffer()', options ?? {}, known);
  const { dtype, offset = 0, requiresGrad = false } = options ?? {};
  if (!dtype) throw new TypeError('fromArrayBuffer(): the option `dtype` is required');
  const room = Math.floor((buffer.byteLength - offset) / dtype.itemsize);
  const { count = room } = options;
  if (
    !Number.isInteger(count) ||
    offset % dtype.itemsize !== 0 ||
    offset < 0 ||
    count < 0 ||
    count > room
  ) {
    throw new ValueError(
      `fromArrayBuffer(): ${count} elements of ${dtype} at offset ${offset} do not lie in ${buffer.byteLength} bytes`,
    );
  }
  const bytes = new Uint8Array(buffer, offset, count * dtype.itemsize);
  const made = tensorOfBytes(bytes, [count], dtype, false);
  return requiresGrad ? made.requiresGrad_() : made;
}

/** The options of {@link full}. */
export interface FullOptions extends TensorOptions {
  /** Where to write the result. Default: a new tensor. */
  out?: Tensor | null;
}

/**
 * A tensor filled with one value. A JS number gives `torch.getDefaultDtype()` where no dtype is
 * asked for, as in {@link tensor}, whether it is integral or not; a bigint int64, a boolean bool.
 *
 * @param size The shape.
 * @param fillValue The value of every element.
 *
 * @example
 * ```ts
 * torch.full([2], 5); // tensor([5., 5.])
 * torch.full([2], 5n); // tensor([5, 5])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.full.html
 */
export function full(size: Size, fillValue: Scalar, options?: FullOptions): Tensor;
export function full(size: Size, options: FullOptions & { fillValue: Scalar }): Tensor;
export function full(options: FullOptions & { size: Size; fillValue: Scalar }): Tensor;
export function full(...args: unknown[]): Tensor {
  const last = args.at(-1);
  const options = (isPlainObject(last) ? last : {}) as FullOptions & { fillValue?: Scalar };
  const fillValue = args[1] === options ? options.fillValue : (args[1] ?? options.fillValue);
  const inferred = typeof fillValue === 'number' && !options.dtype && !options.out;
  const dtype = inferred ? getDefaultDtype() : options.dtype;
  const given = isPlainObject(last) ? args.slice(0, -1) : args;
  const make = operators.torch.full as (...args: unknown[]) => Tensor;
  return make(...given, { ...options, dtype });
}

/**
 * Whether the value is a Tensor.
 *
 * @example
 * ```ts
 * torch.isTensor(torch.zeros(2)); // true
 * torch.isTensor([0, 0]); // false
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.is_tensor.html
 */
export function isTensor(value: unknown): value is Tensor {
  return (
    typeof value === 'object' && value !== null && isHandle(value) && idOf(value) !== undefined
  );
}

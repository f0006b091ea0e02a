import { Complex } from './complex.js';
import { tensor as makeTensor } from './creation.js';
import type { DType } from './dtype.js';
import * as dtypes from './dtype.js';
import { TorchError, ValueError } from './errors.js';
import { idOf } from './handle.js';
import { native } from './native.js';
import { pin } from './shared-memory.js';
import type { Tensor } from './tensor.js';

/** What `tolist()` gives: a number for each element, in arrays of the tensor's shape. */
export type NestedNumbers = number | boolean | Complex | NestedNumbers[];

/** The TypedArrays that tensors give their elements in. */
export type TypedArrayOf =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

function typedArrayOf(buffer: ArrayBuffer, dtype: DType): TypedArrayOf {
  switch (dtype) {
    case dtypes.float32:
    case dtypes.complex64:
      return new Float32Array(buffer);
    case dtypes.float64:
    case dtypes.complex128:
      return new Float64Array(buffer);
    case dtypes.int64:
      return new BigInt64Array(buffer);
    case dtypes.uint64:
      return new BigUint64Array(buffer);
    case dtypes.int32:
    case dtypes.qint32:
      return new Int32Array(buffer);
    case dtypes.uint32:
      return new Uint32Array(buffer);
    case dtypes.int16:
      return new Int16Array(buffer);
    case dtypes.uint16:
    case dtypes.bits16:
    case dtypes.float16:
    case dtypes.bfloat16:
    case dtypes.complex32:
      return new Uint16Array(buffer);
    case dtypes.int8:
    case dtypes.qint8:
      return new Int8Array(buffer);
    default:
      return new Uint8Array(buffer);
  }
}

/** The elements in row-major order as JavaScript's own values. */
function elementsOf(tensor: Tensor): readonly (number | boolean | Complex)[] {
  const { dtype } = tensor;
  if (dtype.isComplex) {
    const parts = tensor.to(dtypes.complex128).toTypedArray() as Float64Array;
    return Array.from(
      { length: parts.length / 2 },
      (_, i) => new Complex(parts[2 * i] as number, parts[2 * i + 1] as number),
    );
  }
  if (dtype.isFloatingPoint) {
    const exact = dtype.itemsize < 4 ? tensor.to(dtypes.float32) : tensor;
    return Array.from(exact.toTypedArray() as Float32Array);
  }
  const array = tensor.toTypedArray();
  if (dtype === dtypes.bool) return Array.from(array as Uint8Array, (element) => element !== 0);
  if (dtype !== dtypes.int64 && dtype !== dtypes.uint64) return Array.from(array as Uint8Array);
  return Array.from(array as BigInt64Array, (element) => {
    const number = Number(element);
    if (!Number.isSafeInteger(number)) {
      throw new ValueError(
        `tolist(): ${element} is beyond the integers that a JavaScript number holds exactly; read the elements with toTypedArray()`,
        { code: 'ERR_UNSAFE_INTEGER' },
      );
    }
    return number;
  });
}

type Element = number | boolean | Complex;
type ElementFunction = (...elements: Element[]) => Element;

/** Replaces each element of a tensor by what `callable` makes of it and of those of others. */
function mapElements<T extends Tensor>(
  tensor: T,
  where: string,
  others: Tensor[],
  callable: ElementFunction,
): T {
  if (typeof callable !== 'function') {
    throw new TypeError(`${where} takes a function, got ${typeof callable}`);
  }
  if (tensor.requiresGrad) {
    throw new TorchError(
      `${where} cannot be called on a tensor that requires grad; use x.detach().${where}`,
      { code: 'ERR_REQUIRES_GRAD' },
    );
  }
  if (!tensor.isCpu) throw new TypeError(`${where} is for tensors on the CPU only`);
  const columns = [tensor, ...others.map((other) => other.expandAs(tensor))].map(elementsOf);
  const [own = []] = columns;
  const results = own.map((_, i) => callable(...columns.map((column) => column[i] as Element)));
  if (results.length === 0) return tensor;
  return tensor.copy_(
    makeTensor(results, { dtype: tensor.dtype, device: 'cpu' }).view(tensor.shape),
  ) as T;
}

/** The methods of Tensor that give its elements to JavaScript. */
export class Elements {
  /**
   * The only element, as a number, boolean or Complex.
   *
   * @throws TorchError where there is not exactly one element, or where no number holds an int64
   * exactly: `itemBigInt()` does.
   */
  item(this: Tensor): number {
    const value = native.item(idOf(this));
    if (typeof value === 'bigint') {
      throw new ValueError(
        `${value} is beyond the integers that a JavaScript number holds exactly; read it with itemBigInt() or toTypedArray()`,
        { code: 'ERR_UNSAFE_INTEGER' },
      );
    }
    // Typed as what nearly all tensors hold; bool and complex tensors give their own.
    return (Array.isArray(value) ? new Complex(...value) : value) as number;
  }

  /** The only element of an integral tensor, as a bigint. */
  itemBigInt(this: Tensor): bigint {
    // libtorch reads a number of uint64 as one of int64, and refuses the larger half of them.
    if (this.dtype === dtypes.uint64 && this.numel() === 1) {
      return (this.toTypedArray() as BigUint64Array)[0] as bigint;
    }
    const value = native.item(idOf(this));
    if (typeof value === 'bigint') return value;
    if (typeof value !== 'number' || !Number.isInteger(value)) {
      throw new TypeError(`itemBigInt() wants an integral tensor, this one is of ${this.dtype}`);
    }
    return BigInt(value);
  }

  /**
   * The elements as nested arrays of numbers (booleans, Complex), a 0-d tensor's as one number.
   *
   * @throws ValueError where a number cannot hold an int64 exactly.
   */
  tolist(this: Tensor): NestedNumbers {
    const elements = elementsOf(this);
    let next = 0;
    const build = (shape: number[], depth: number): NestedNumbers => {
      if (depth === shape.length) return elements[next++] as number;
      const list: NestedNumbers[] = [];
      for (let i = 0; i < (shape[depth] as number); i++) list.push(build(shape, depth + 1));
      return list;
    };
    return build(this.shape, 0);
  }

  /**
   * A copy of the elements, wherever they lie, in row-major order: a Float32Array for float32, a BigInt64Array for
   * int64, a Uint8Array for bool, the bits in a Uint16Array for float16 and bfloat16, real and
   * imaginary parts in turn for complex dtypes.
   */
  toTypedArray(this: Tensor): TypedArrayOf {
    const onCpu = this.isCpu ? this : this.cpu();
    return typedArrayOf(native.toBytes(idOf(onCpu)), this.dtype);
  }

  /**
   * The elements' own memory, without a copy, for a contiguous CPU tensor: what is written on one
   * side is seen on the other. The memory lives as long as the array does.
   */
  asTypedArray(this: Tensor): TypedArrayOf {
    const buffer = native.shareBytes(idOf(this));
    pin(buffer);
    return typedArrayOf(buffer, this.dtype);
  }

  /**
   * Replaces each element by what `callable` makes of it, in place: in JavaScript, one by one, and so
   * slowly.
   *
   * @param callable Takes an element and returns the new one.
   * @throws TorchError where the tensor requires grad; TypeError where it is not on the CPU.
   *
   * @example
   * ```ts
   * torch.tensor([1, 2]).apply_((value) => value * 10); // tensor([10., 20.])
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.apply_.html
   */
  apply_<Self extends Tensor>(this: Self, callable: (value: number) => number): Self {
    return mapElements(this, 'apply_()', [], callable as ElementFunction);
  }

  /**
   * Replaces each element by what `callable` makes of it and of the other tensor's, in place.
   *
   * @param tensor Of a shape that broadcasts to this one's.
   * @param callable Takes an element of each and returns the new one.
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.map_.html
   */
  map_<Self extends Tensor>(
    this: Self,
    tensor: Tensor,
    callable: (value: number, other: number) => number,
  ): Self {
    return mapElements(this, 'map_()', [tensor], callable as ElementFunction);
  }

  /** As `map_`, with two other tensors. */
  map2_<Self extends Tensor>(
    this: Self,
    x: Tensor,
    y: Tensor,
    callable: (value: number, x: number, y: number) => number,
  ): Self {
    return mapElements(this, 'map2_()', [x, y], callable as ElementFunction);
  }

  /** `JSON.stringify(x)` gives what `JSON.stringify(x.tolist())` does. */
  toJSON(this: Tensor): NestedNumbers {
    return this.tolist();
  }
}

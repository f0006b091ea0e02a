import { gradientIds, leafIds, type Tensors } from './autograd/arguments.js';
import { Complex } from './complex.js';
import { Device } from './device.js';
import { callGeneral, Operator, setTensorClass, wrap } from './dispatch.js';
import * as dtypes from './dtype.js';
import { type DType, dtypeOfCode } from './dtype.js';
import { IndexError, ValueError } from './errors.js';
import type { TensorMethods } from './generated/tensor-methods.js';
import { Handle, idOf, requiredId, setId } from './handle.js';
import { getItem, type Index, setItem } from './indexing.js';
import { type Layout, layoutOfCode } from './layout.js';
import type { MemoryFormat } from './memory-format.js';
import { native } from './native.js';
import { installMethods, operators } from './operators.js';
import { type Call, checkFlags, checkOptions, isPlainObject, Signature } from './options.js';
import { pin } from './shared-memory.js';
import { type FunctionalMethods, installFunctionalMethods } from './tensor-functional.js';
import { indexProperties, installIndexAccessors } from './tensor-members.js';
import { tensorStr } from './tensor-str.js';
import type { DeviceLike, Scalar } from './types.js';
import { RemovableHandle } from './utils/hooks.js';

/** What `tolist()` gives: a number for each element, in arrays of the tensor's shape. */
export type NestedNumbers = number | boolean | Complex | NestedNumbers[];

/** The options of {@link Tensor.backward}. */
export interface BackwardOptions {
  gradient?: Tensor | null;
  retainGraph?: boolean;
  createGraph?: boolean;
  inputs?: Tensors;
}

/** The options of {@link Tensor.to}. */
export interface ToOptions {
  dtype?: DType;
  device?: DeviceLike;
  nonBlocking?: boolean;
  copy?: boolean;
  memoryFormat?: MemoryFormat;
}

const backward = new Signature<{
  gradient: Tensor | null;
  retainGraph: boolean | undefined;
  createGraph: boolean;
  inputs: Tensors | undefined;
}>('backward()', {
  gradient: null,
  retainGraph: undefined,
  createGraph: false,
  inputs: undefined,
});

const toDType = new Operator('to', true, ['to.dtype']);
const toDevice = new Operator('to', true, ['to.device']);
const toOther = new Operator('to', true, ['to.other']);
const toOptions = new Operator('to', true, ['to.dtype_layout']);

/**
 * An array of numbers of one {@link DType}, on one {@link Device}, that autograd can follow:
 * PyTorch's `torch.Tensor`. Made by `torch.tensor`, `torch.zeros`, `torch.randn`, ... and by
 * operators, never by `new`.
 *
 * Indices read as in Python: `x[0]`, `x[-1]`, `x[':, 1:3']`, `x['...', 0]`. Memory is freed when
 * JavaScript no longer holds the tensor; `dispose()` and `using` free it at once.
 *
 * @example
 * ```ts
 * const x = torch.tensor([[1, 2], [3, 4]], { requiresGrad: true });
 * x.pow(2).sum().backward();
 * console.log(x.grad); // tensor([[2., 4.], [6., 8.]])
 * ```
 * @see https://pytorch.org/docs/stable/tensors.html
 */
export class Tensor extends Handle {
  #grad: Tensor | null = null;

  /** @internal */
  constructor(unexpected?: never) {
    super();
    if (unexpected !== undefined) {
      throw new TypeError('new Tensor(...) is not how a tensor is made; call torch.tensor(...)');
    }
  }

  /** The sizes of the dimensions. */
  get shape(): number[] {
    return native.sizes(idOf(this));
  }

  /** How many dimensions it has. */
  get ndim(): number {
    return native.dim(idOf(this));
  }

  /** How many dimensions it has. */
  dim(): number {
    return native.dim(idOf(this));
  }

  /** The sizes of all dimensions, or of one. */
  size(): number[];
  size(dim: number): number;
  size(dim?: number): number | number[] {
    const sizes = native.sizes(idOf(this));
    return dim === undefined ? sizes : (sizes[this.#wrapDim(dim)] as number);
  }

  /** How many elements lie between neighbours, in each dimension or in one. */
  stride(): number[];
  stride(dim: number): number;
  stride(dim?: number): number | number[] {
    const strides = native.strides(idOf(this));
    return dim === undefined ? strides : (strides[this.#wrapDim(dim)] as number);
  }

  #wrapDim(dim: number): number {
    const count = this.dim();
    if (count === 0) {
      throw new IndexError(`a 0-d tensor has no dimensions, got dimension ${dim}`, {
        code: 'ERR_INDEX',
      });
    }
    if (!Number.isInteger(dim) || dim < -count || dim >= count) {
      throw new IndexError(
        `dimension out of range: expected to be in [${-count}, ${count - 1}], got ${dim}`,
        { code: 'ERR_INDEX' },
      );
    }
    return dim < 0 ? dim + count : dim;
  }

  /** How many elements it has. */
  numel(): number {
    return native.numel(idOf(this));
  }

  /** The size of the first dimension; Python's `len(x)`. */
  get length(): number {
    return this.size(0);
  }

  /** The type of the elements. */
  get dtype(): DType {
    return dtypeOfCode(native.dtype(idOf(this)));
  }

  /** Where the elements lie. */
  get device(): Device {
    const code = native.device(idOf(this));
    return Device.ofCode(Math.floor(code / 256), (code % 256) - 1);
  }

  /** How the elements lie in memory: `torch.strided`, or one of the sparse layouts. */
  get layout(): Layout {
    return layoutOfCode(native.layout(idOf(this)));
  }

  /** Whether it lies on a GPU. */
  get isCuda(): boolean {
    return this.device.type === 'cuda';
  }

  /** Whether it lies in the CPU's memory. */
  get isCpu(): boolean {
    return this.device.type === 'cpu';
  }

  /** Whether it has a shape and a dtype only, and no elements. */
  get isMeta(): boolean {
    return this.device.type === 'meta';
  }

  /** Whether its layout is `torch.sparseCoo`. */
  get isSparse(): boolean {
    return this.layout.name === 'sparse_coo';
  }

  /** Bytes of one element. */
  get itemsize(): number {
    return this.dtype.itemsize;
  }

  /** Bytes of one element. */
  elementSize(): number {
    return this.dtype.itemsize;
  }

  /** Bytes of all elements. */
  get nbytes(): number {
    return this.numel() * this.itemsize;
  }

  /** Where in its storage the first element lies, in elements. */
  storageOffset(): number {
    return native.storageOffset(idOf(this));
  }

  /** Whether the elements lie in memory in row-major order, or in the order of `memoryFormat`. */
  isContiguous(memoryFormat?: MemoryFormat | { memoryFormat: MemoryFormat }): boolean {
    const format =
      memoryFormat && 'memoryFormat' in memoryFormat ? memoryFormat.memoryFormat : memoryFormat;
    return native.isContiguous(idOf(this), format?.code);
  }

  /** The address of the first element. */
  dataPtr(): bigint {
    return native.dataPointer(idOf(this));
  }

  /** How often it was changed in place. */
  get _version(): number {
    return native.version(idOf(this));
  }

  /** The transpose of a matrix: all dimensions in reverse. */
  get T(): Tensor {
    return operators.torch.permute(this, range(this.dim()).reverse());
  }

  /** The last two dimensions exchanged. */
  get mT(): Tensor {
    return operators.torch.transpose(this, -2, -1);
  }

  /** The conjugate transpose of a matrix. */
  get H(): Tensor {
    return operators.torch.adjoint(this);
  }

  /** The last two dimensions exchanged, and conjugated. */
  get mH(): Tensor {
    return operators.torch.adjoint(this);
  }

  /** The real parts, as a view. */
  get real(): Tensor {
    return this.dtype.isComplex ? operators.torch.real(this) : this;
  }

  /** The imaginary parts, as a view. */
  get imag(): Tensor {
    return operators.torch.imag(this);
  }

  /** Whether autograd records what is done with it. Only leaves may be set. */
  get requiresGrad(): boolean {
    return native.requiresGrad(idOf(this));
  }

  set requiresGrad(requiresGrad: boolean) {
    if (typeof requiresGrad !== 'boolean') {
      throw new TypeError(`requiresGrad must be a boolean, got ${typeof requiresGrad}`);
    }
    native.setRequiresGrad(idOf(this), requiresGrad);
  }

  /** Sets `requiresGrad`, and returns the tensor. */
  requiresGrad_(requiresGrad = true): this {
    this.requiresGrad = requiresGrad;
    return this;
  }

  /** The gradient that `backward` has summed up, or null. */
  get grad(): Tensor | null {
    const last = this.#grad;
    const lastId = last === null ? 0 : idOf(last);
    const id = native.grad(idOf(this), lastId);
    if (id === 0) this.#grad = null;
    else if (id !== lastId) this.#grad = wrap(id) as Tensor;
    return this.#grad;
  }

  set grad(gradient: Tensor | null) {
    if (gradient !== null && gradient !== undefined && !(gradient instanceof Tensor)) {
      throw new TypeError(`a gradient must be a Tensor or null, got ${typeof gradient}`);
    }
    native.setGrad(idOf(this), gradient ? requiredId(gradient) : 0);
    this.#grad = gradient ?? null;
  }

  /** Lets go of the gradients of many tensors at once, or sets them to zero. @internal */
  static clearGrads(tensors: readonly Tensor[], setToNone: boolean): void {
    native.clearGrads(tensors.map(idOf), setToNone);
    if (setToNone) for (const tensor of tensors) tensor.#grad = null;
  }

  /** The operation that made it, as `{ name }`, or null for a leaf. */
  get gradFn(): { readonly name: string } | null {
    const name = native.gradFnName(idOf(this));
    return name === undefined ? null : { name };
  }

  /** Whether it was made by the user and not by a recorded operation. */
  get isLeaf(): boolean {
    return native.isLeaf(idOf(this));
  }

  /** Keeps the gradient of a tensor that is no leaf. */
  retainGrad(): void {
    native.retainGrad(idOf(this));
  }

  /** Whether it is no leaf and keeps its gradient; see `retainGrad`. */
  get retainsGrad(): boolean {
    return native.retainsGrad(idOf(this));
  }

  /** The same memory without history; assigning replaces the memory. */
  get data(): Tensor {
    return adopt(new Tensor(), this);
  }

  set data(data: Tensor) {
    if (!(data instanceof Tensor)) throw new TypeError('data must be a Tensor');
    native.setData(idOf(this), idOf(data));
  }

  /**
   * Computes the gradients of this tensor and adds them to the `grad` of the leaves it came from.
   *
   * @param gradient The gradient of what is differentiated with respect to this tensor, of its
   * shape. Default: 1, which only a tensor of one element has.
   * @param retainGraph Whether `backward` may be called again. Default: the value of `createGraph`.
   * @param createGraph Whether the gradients can be differentiated in turn. Default: false.
   * @param inputs The leaves whose gradients are wanted. Default: all.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.backward.html
   */
  backward(
    ...args: Call<
      [],
      [gradient: Tensor | null, retainGraph: boolean, createGraph: boolean],
      BackwardOptions
    >
  ): void {
    const { gradient, retainGraph, createGraph, inputs } = backward.bind(args);
    checkFlags('backward()', { retainGraph, createGraph });
    const gradients = gradient ? gradientIds('backward(): gradient', [this], [gradient]) : [];
    const ids = leafIds(inputs);
    native.backward([requiredId(this)], gradients, retainGraph, createGraph, ids);
  }

  /**
   * Calls `hook` with the gradient each time one is computed; what it returns takes its place.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.register_hook.html
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: a hook that returns nothing is the usual one
  registerHook(hook: (gradient: Tensor) => Tensor | null | undefined | void): RemovableHandle {
    if (typeof hook !== 'function') {
      throw new TypeError(`registerHook() takes a function, got ${typeof hook}`);
    }
    const callback = hookCallback(hook);
    const position = native.registerHook(idOf(this), callback);
    const callbacks = hookCallbacks.get(this) ?? new Set();
    hookCallbacks.set(this, callbacks.add(callback));
    return new RemovableHandle(() => {
      callbacks.delete(callback);
      if (!this.isDisposed) native.removeHook(idOf(this), position);
    });
  }

  /**
   * The only element, as a number, boolean or Complex.
   *
   * @throws TorchError where there is not exactly one element, or where no number holds an int64
   * exactly: `itemBigInt()` does.
   */
  item(): number {
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
  itemBigInt(): bigint {
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
  tolist(): NestedNumbers {
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
   * A copy of the elements in row-major order: a Float32Array for float32, a BigInt64Array for
   * int64, a Uint8Array for bool, the bits in a Uint16Array for float16 and bfloat16, real and
   * imaginary parts in turn for complex dtypes.
   */
  toTypedArray(): TypedArrayOf {
    return typedArrayOf(native.toBytes(idOf(this)), this.dtype);
  }

  /**
   * The elements' own memory, without a copy, for a contiguous CPU tensor: what is written on one
   * side is seen on the other. The memory lives as long as the array does.
   */
  asTypedArray(): TypedArrayOf {
    const buffer = native.shareBytes(idOf(this));
    pin(buffer);
    return typedArrayOf(buffer, this.dtype);
  }

  /**
   * The tensor with another dtype or on another device; itself where nothing would change.
   *
   * @example
   * ```ts
   * x.to(torch.float64);
   * x.to('cuda', { nonBlocking: true });
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.to.html
   */
  to(dtype: DType, nonBlocking?: boolean, copy?: boolean): Tensor;
  to(dtype: DType, options: ToOptions): Tensor;
  to(device: DeviceLike, dtype?: DType, nonBlocking?: boolean, copy?: boolean): Tensor;
  to(device: DeviceLike, options: ToOptions): Tensor;
  to(device: DeviceLike, dtype: DType, options: ToOptions): Tensor;
  to(other: Tensor, nonBlocking?: boolean, copy?: boolean): Tensor;
  to(options: ToOptions): Tensor;
  to(...args: unknown[]): Tensor {
    const [first, second] = args;
    if (first instanceof dtypes.DType) return callGeneral(toDType, [this, ...args]) as Tensor;
    if (first instanceof Tensor) return callGeneral(toOther, [this, ...args]) as Tensor;
    if (typeof first === 'string' || typeof first === 'number' || first instanceof Device) {
      const device = Device.from(first);
      if (second instanceof dtypes.DType) {
        return callGeneral(toDevice, [this, device, ...args.slice(1)]) as Tensor;
      }
      const [nonBlocking, copy] = args.slice(1) as [unknown, unknown];
      const options =
        typeof nonBlocking === 'object' && nonBlocking !== null
          ? nonBlocking
          : { nonBlocking, copy };
      return callGeneral(toOptions, [this, { ...options, device }]) as Tensor;
    }
    if (args.length > 0 && !isPlainObject(first)) {
      throw new TypeError(
        `to() takes a dtype, a device, a Tensor or options, got ${first === null ? 'null' : typeof first}`,
      );
    }
    return callGeneral(toOptions, [this, ...args]) as Tensor;
  }

  /** The tensor in the CPU's memory; itself where it is there. */
  cpu(): Tensor {
    return this.to('cpu');
  }

  /** The tensor on a GPU. Default: the current one. */
  cuda(device?: DeviceLike | number, options: { nonBlocking?: boolean } = {}): Tensor {
    return this.to(Device.from(device ?? 'cuda'), options);
  }

  /** The tensor as float32. */
  float(): Tensor {
    return this.to(dtypes.float32);
  }

  /** The tensor as float64. */
  double(): Tensor {
    return this.to(dtypes.float64);
  }

  /** The tensor as float16. */
  half(): Tensor {
    return this.to(dtypes.float16);
  }

  /** The tensor as bfloat16. */
  bfloat16(): Tensor {
    return this.to(dtypes.bfloat16);
  }

  /** The tensor as int32. */
  int(): Tensor {
    return this.to(dtypes.int32);
  }

  /** The tensor as int64. */
  long(): Tensor {
    return this.to(dtypes.int64);
  }

  /** The tensor as int16. */
  short(): Tensor {
    return this.to(dtypes.int16);
  }

  /** The tensor as int8. */
  char(): Tensor {
    return this.to(dtypes.int8);
  }

  /** The tensor as uint8. */
  byte(): Tensor {
    return this.to(dtypes.uint8);
  }

  /** The tensor as bool: what is not zero is true. */
  bool(): Tensor {
    return this.to(dtypes.bool);
  }

  /** The tensor as complex64. */
  cfloat(): Tensor {
    return this.to(dtypes.complex64);
  }

  /** The tensor as complex128. */
  cdouble(): Tensor {
    return this.to(dtypes.complex128);
  }

  /**
   * `x[...]` with whatever an index may be: masks, index tensors, slices, null, strings.
   *
   * @example
   * ```ts
   * const x = torch.tensor([[1, 2, 3], [4, 5, 6]]);
   * x.index(x.gt(3)); // tensor([4., 5., 6.])
   * x.index(':', torch.tensor([0n, 2n])); // tensor([[1., 3.], [4., 6.]])
   * x.index([1, 0], -1); // tensor([6., 3.])
   * ```
   * @see https://pytorch.org/cppdocs/notes/tensor_indexing.html
   */
  index(...indices: Index[]): Tensor {
    return getItem(this, indices, new Tensor());
  }

  /**
   * `x[...] = values` in place, with whatever an index may be; with `accumulate`, values are added,
   * also where an index repeats.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.index_put_.html
   */
  indexPut_(
    indices: readonly Index[] | Index,
    values: Tensor | Scalar,
    options: boolean | { accumulate?: boolean } = false,
  ): this {
    if (typeof options !== 'boolean') checkOptions('indexPut_()', options, ['accumulate']);
    const accumulate = typeof options === 'boolean' ? options : (options.accumulate ?? false);
    const list = Array.isArray(indices) && !isIndexList(indices) ? indices : [indices as Index];
    const areTensors = list.length > 0 && list.every((index) => index instanceof Tensor);
    if (!accumulate && !areTensors) {
      setItem(this, list as Index[], values);
      return this;
    }
    if (!areTensors) throw new TypeError('indexPut_() accumulates at masks and index tensors only');
    const { dtype, device } = this;
    const value =
      values instanceof Tensor ? values : operators.torch.full([], values, { dtype, device });
    return operators.torch.indexPut_(this, list as Tensor[], value, accumulate) as this;
  }

  /** As `indexPut_`, on a copy. */
  indexPut(
    indices: readonly Index[] | Index,
    values: Tensor | Scalar,
    options: boolean | { accumulate?: boolean } = false,
  ): Tensor {
    return this.clone().indexPut_(indices, values, options);
  }

  /** The slices along the first dimension, as views. */
  [Symbol.iterator](): IterableIterator<Tensor> {
    if (this.dim() === 0) throw new TypeError('iteration over a 0-d tensor');
    return operators.torch.unbind(this, 0)[Symbol.iterator]();
  }

  /** As Python's `repr` prints it. */
  override toString(): string {
    return idOf(this) === 0 ? 'tensor(<disposed>)' : tensorStr(this);
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** `+loss` is the only element's number, `${loss}` the printed form. */
  [Symbol.toPrimitive](hint: string): number | string {
    if (hint === 'string') return this.toString();
    if (hint === 'number') return Number(this.item());
    return this.numel() === 1 ? Number(this.item()) : this.toString();
  }

  /** `JSON.stringify(x)` gives what `JSON.stringify(x.tolist())` does. */
  toJSON(): NestedNumbers {
    return this.tolist();
  }

  /** Whether it has been disposed of. */
  get isDisposed(): boolean {
    return idOf(this) === 0;
  }

  /** Frees the memory now, unless other tensors share it. A second call does nothing. */
  dispose(): void {
    const id = idOf(this);
    setId(this, 0);
    this.#grad = null;
    native.release(id);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

export interface Tensor extends TensorMethods, FunctionalMethods {
  /** `x[0]`, `x[-1]` */
  [index: number]: Tensor;
  /** Python's spelling in a string: `x[':, 1:3']`, `x['..., 0']` */
  [index: `${string}:${string}` | `${string},${string}` | `...${string}`]: Tensor;
}

type HookCallback = (gradientId: number) => number | undefined;

/**
 * What the hooks of a tensor call. Native code holds these too, but lets go of them while V8 looks
 * for garbage (binding/src/hooks.h): then they live by this, as long as the tensor does.
 */
const hookCallbacks = new WeakMap<Tensor, Set<HookCallback>>();

/** A function of its own, so that nothing but what `hook` captured lives by the callback. */
function hookCallback(hook: (gradient: Tensor) => unknown): HookCallback {
  return (gradientId) => {
    const replacement = hook(wrap(gradientId) as Tensor);
    if (replacement === undefined || replacement === null) return undefined;
    if (!(replacement instanceof Tensor)) {
      throw new TypeError(`a hook must return a Tensor or nothing, got ${typeof replacement}`);
    }
    return requiredId(replacement);
  };
}

/** An array that is one index (of numbers or booleans), and not a list of indices. */
function isIndexList(indices: readonly unknown[]): boolean {
  const isPlain = (index: unknown) => typeof index === 'number' || typeof index === 'boolean';
  return indices.length > 0 && indices.every(isPlain);
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

/** Makes `target`, a fresh handle, one on the memory of `source` without its history. @internal */
export function adopt<T extends Tensor>(target: T, source: Tensor): T {
  setId(target, native.detachedAlias(idOf(source), target));
  return target;
}

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
    return range(parts.length / 2).map(
      (i) => new Complex(parts[2 * i] as number, parts[2 * i + 1] as number),
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

setTensorClass(Tensor as new () => Tensor);
installMethods(Tensor.prototype);
installFunctionalMethods(Tensor.prototype);
installIndexAccessors(Tensor.prototype);
Object.setPrototypeOf(Handle.prototype, indexProperties);

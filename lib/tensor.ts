/// <reference lib="esnext.disposable" preserve="true" />
import { gradientIds, leafTargets, type Tensors } from './autograd/arguments.js';
import { gradFnOf, type Node } from './autograd/node.js';
import { Device } from './device.js';
import { setTensorClass, wrap } from './dispatch.js';
import { DType, dtypeOfCode } from './dtype.js';
import { IndexError, TorchError } from './errors.js';
import type { TensorMethods } from './generated/tensor-methods.js';
import { Handle, idOf, requiredId, setId } from './handle.js';
import { type Layout, layoutOfCode } from './layout.js';
import type { MemoryFormat } from './memory-format.js';
import { native } from './native.js';
import { installMethods, operators } from './operators.js';
import { type Call, checkFlags, Signature } from './options.js';
import { AsyncReads } from './tensor-async.js';
import { Conversions } from './tensor-conversions.js';
import { Elements } from './tensor-elements.js';
import { FunctionalMethods } from './tensor-functional.js';
import { Hooks } from './tensor-hooks.js';
import { Indexing } from './tensor-indexing.js';
import { indexProperties, installIndexAccessors } from './tensor-members.js';
import { StorageMembers } from './tensor-storage.js';
import { tensorStr } from './tensor-str.js';
import { installMembers } from './utils/mixin.js';

/** The options of {@link Tensor.backward}. */
export interface BackwardOptions {
  gradient?: Tensor | null;
  retainGraph?: boolean;
  createGraph?: boolean;
  inputs?: Tensors;
}

/** A symbol cannot be cloned, and the DataCloneError says which one it was. */
const uncloneable = Symbol(
  'a Tensor: post torch.toHandle(tensor), and open it by torch.fromHandle(); as it is, it',
);

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
  /**
   * The gradient that was read last, a symbol where there was none. What clones objects would see
   * nothing of a tensor but this, and it lets neither be cloned.
   */
  private lastGrad: Tensor | symbol = uncloneable;

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
    native.checkRequiresGradInPlace();
    this.requiresGrad = requiresGrad;
    return this;
  }

  /** The gradient that `backward` has summed up, or null. */
  get grad(): Tensor | null {
    const last = this.lastGrad;
    const lastId = typeof last === 'symbol' ? 0 : idOf(last);
    const id = native.grad(idOf(this), lastId);
    if (id === 0) {
      this.lastGrad = uncloneable;
      return null;
    }
    if (id === lastId) return last as Tensor;
    const gradient = wrap(id) as Tensor;
    this.lastGrad = gradient;
    return gradient;
  }

  set grad(gradient: Tensor | null) {
    if (gradient !== null && gradient !== undefined && !(gradient instanceof Tensor)) {
      throw new TypeError(`a gradient must be a Tensor or null, got ${typeof gradient}`);
    }
    native.setGrad(idOf(this), gradient ? requiredId(gradient) : 0);
    this.lastGrad = gradient ?? uncloneable;
  }

  /** Lets go of the gradients of many tensors at once, or sets them to zero. @internal */
  static clearGrads(tensors: readonly Tensor[], setToNone: boolean): void {
    native.clearGrads(tensors.map(idOf), setToNone);
    if (setToNone) for (const tensor of tensors) tensor.lastGrad = uncloneable;
  }

  /** The dtype that the gradient of a leaf must have, or null where any will do. */
  get gradDtype(): DType | null {
    if (!this.isLeaf) throw new TorchError('gradDtype can only be read of leaf tensors');
    const code = native.gradDType(idOf(this));
    return code < 0 ? null : dtypeOfCode(code);
  }

  set gradDtype(dtype: DType | null) {
    if (dtype !== null && !(dtype instanceof DType)) {
      throw new TypeError(`gradDtype must be a dtype or null, got ${typeof dtype}`);
    }
    if (dtype !== null && this.grad !== null && this.grad.dtype !== dtype) {
      throw new TorchError(
        `gradDtype cannot be ${dtype}: there is a gradient of ${this.grad.dtype}; set x.grad to null first`,
      );
    }
    native.setGradDType(idOf(this), dtype === null ? -1 : dtype.code);
  }

  /** The operation that made it, or null for a leaf. */
  get gradFn(): Node | null {
    return gradFnOf(this);
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
    const leaves = leafTargets(inputs);
    native.runBackward([requiredId(this)], gradients, retainGraph, createGraph, leaves, true);
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

  /** Whether it has been disposed of. */
  get isDisposed(): boolean {
    return idOf(this) === 0;
  }

  /** Frees the memory now, unless other tensors share it. A second call does nothing. */
  dispose(): void {
    const id = idOf(this);
    setId(this, 0);
    this.lastGrad = uncloneable;
    native.release(id);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * The indices that are known to be there by their type: an index throws where it is out of range, so
 * that `x[0]` is never undefined, and `noUncheckedIndexedAccess` need not say that it may be.
 */
type NumericIndex =
  | (0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15)
  | (-1 | -2 | -3 | -4 | -5 | -6 | -7 | -8);

export interface Tensor
  extends TensorMethods,
    FunctionalMethods,
    AsyncReads,
    Conversions,
    Elements,
    Hooks,
    Indexing,
    StorageMembers,
    Record<NumericIndex, Tensor> {
  /** `x[0]`, `x[-1]` */
  [index: number]: Tensor;
  /** Python's spelling in a string: `x[':, 1:3']`, `x['..., 0']` */
  [index: `${string}:${string}` | `${string},${string}` | `...${string}`]: Tensor;
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

/** Makes `target`, a fresh handle, one on the memory of `source` without its history. @internal */
export function adopt<T extends Tensor>(target: T, source: Tensor): T {
  setId(target, native.detachedAlias(idOf(source), target));
  return target;
}

setTensorClass(Tensor as new () => Tensor);
installMethods(Tensor.prototype);
for (const members of [
  FunctionalMethods,
  AsyncReads,
  Conversions,
  Elements,
  Hooks,
  Indexing,
  StorageMembers,
]) {
  installMembers(Tensor.prototype, members);
}
installIndexAccessors(Tensor.prototype);
Object.setPrototypeOf(Handle.prototype, indexProperties);

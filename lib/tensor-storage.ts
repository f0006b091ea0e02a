import { callGeneral, Operator, wrap } from './dispatch.js';
import { TorchError } from './errors.js';
import { idOf } from './handle.js';
import { channelsLast, MemoryFormat } from './memory-format.js';
import { native } from './native.js';
import { checkOptions, isPlainObject } from './options.js';
import { type QScheme, qschemeOfCode } from './qscheme.js';
import { isStorage, storageOn, tensorOf, type UntypedStorage } from './storage.js';
import { Stream } from './streams.js';
import { Tensor } from './tensor.js';
import type { Size } from './types.js';

/** Where in a storage a tensor lies, for {@link StorageMembers.set_}. */
interface Placement {
  storageOffset?: number;
  size?: Size;
  stride?: Size | null;
}

const setTo = new Operator('set_', true, [
  'set_',
  'set_.source_Tensor',
  'set_.source_Tensor_storage_offset',
]);

/** All of a storage as a tensor of the dtype; bytes at the end that make no element are left. */
function elementsOn(storage: UntypedStorage, { dtype }: Tensor): Tensor {
  const count = Math.floor(storage.nbytes() / dtype.itemsize);
  const id = idOf(tensorOf(storage));
  return wrap(native.storageView(id, dtype.code, 0, [count], [1], false, false)) as Tensor;
}

/** The strides of row-major order. */
function rowMajor(size: Size): number[] {
  const strides: number[] = [];
  let stride = 1;
  for (const extent of [...size].reverse()) {
    strides.unshift(stride);
    stride *= Math.max(extent, 1);
  }
  return strides;
}

/** Whether dimension `a` lies further out in memory than `b` (-1), further in (1), or neither. */
function compareDims(tensor: Tensor, a: number, b: number): number {
  const [strideA, strideB] = [tensor.stride(a), tensor.stride(b)];
  const isNoLess = (x: number, y: number) => y === 0 || (x !== 0 && (x >= y || x % y === 0));
  if (strideA === 0 || strideB === 0) return 0;
  if (strideA === strideB) return isNoLess(tensor.size(b), tensor.size(a)) ? 0 : 1;
  if (isNoLess(strideB, strideA)) return -1;
  return isNoLess(strideA, strideB) ? 1 : 0;
}

/**
 * The dimensions from the outermost to the innermost, as PyTorch sorts those that are equal;
 * undefined where some are, and must not be.
 */
function orderOf(tensor: Tensor, isUnique: boolean): number[] | undefined {
  const { ndim } = tensor;
  const natural = Array.from({ length: ndim }, (_, dim) => dim);
  const isChannelsLast = ndim === 4 && tensor.isContiguous(channelsLast);
  if (ndim < 2 || (tensor.isContiguous() && !isChannelsLast)) return natural;
  if (isChannelsLast && !tensor.isContiguous()) return [0, 2, 3, 1];
  const order = natural.reverse();
  for (let i = 1; i < ndim; i++) {
    let moving = i;
    for (let j = i - 1; j >= 0; j--) {
      const comparison = compareDims(tensor, order[j] as number, order[moving] as number);
      if (comparison < 0) break;
      if (comparison === 0) continue;
      [order[j], order[moving]] = [order[moving] as number, order[j] as number];
      moving = j;
    }
  }
  const isClear = (dim: number, i: number) =>
    i === 0 || compareDims(tensor, order[i - 1] as number, dim) < 0;
  if (isUnique && !order.every(isClear)) return undefined;
  return order.reverse();
}

function hasSeveralOrders(tensor: Tensor): boolean {
  const strides = tensor.stride();
  const hasEqualNeighbours = strides.some((stride, i) => i > 0 && stride === strides[i - 1]);
  return hasEqualNeighbours || tensor.size().includes(1);
}

/** The members of Tensor that concern the memory it lies on. */
export class StorageMembers {
  /**
   * The storage that the tensor lies on, which its views share.
   *
   * @throws TorchError for a tensor without one, such as a sparse tensor.
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.untyped_storage.html
   */
  untypedStorage(this: Tensor): UntypedStorage {
    return storageOn(this);
  }

  /**
   * Puts the tensor on the memory of another tensor or of a storage, in place. Without arguments the
   * tensor becomes empty.
   *
   * @param source A tensor of the same dtype, or a storage.
   * @param storageOffset Where in the storage the first element lies, in elements. Default: where
   * that of `source` does, or 0.
   * @param size The sizes. Default: those of `source`, or all elements of the storage.
   * @param stride The strides, in elements. Default: those of row-major order.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.set_.html
   */
  set_<Self extends Tensor>(this: Self): Self;
  set_<Self extends Tensor>(this: Self, source: Tensor | UntypedStorage): Self;
  set_<Self extends Tensor>(
    this: Self,
    source: Tensor | UntypedStorage,
    storageOffset: number,
    size: Size,
    stride?: Size | null,
  ): Self;
  set_<Self extends Tensor>(
    this: Self,
    source: Tensor | UntypedStorage,
    options: Placement & { size: Size },
  ): Self;
  set_<Self extends Tensor>(this: Self, source?: unknown, ...rest: unknown[]): Self {
    if (source === undefined) return callGeneral(setTo, [this]) as Self;
    if (!isStorage(source) && !(source instanceof Tensor)) {
      throw new TypeError(`set_() takes a Tensor or an UntypedStorage, got ${typeof source}`);
    }
    const options = isPlainObject(rest[0]) ? (rest[0] as Placement) : undefined;
    if (options) checkOptions('set_()', options, ['storageOffset', 'size', 'stride']);
    const [storageOffset, size, stride] = options
      ? [options.storageOffset, options.size, options.stride]
      : (rest as [number?, Size?, Size?]);
    const place = size === undefined ? [] : [storageOffset ?? 0, size, stride ?? rowMajor(size)];
    const whole = isStorage(source) ? elementsOn(source, this) : source;
    if (whole.dtype !== this.dtype) {
      throw new TorchError(
        `set_(): a tensor of ${whole.dtype} cannot be set to one of ${this.dtype}`,
      );
    }
    return callGeneral(setTo, [this, whole, ...place]) as Self;
  }

  /**
   * Moves the memory of the tensor, and of all its views, to where other processes can map it, and
   * returns the tensor. Does nothing where it is there already, and to tensors of a CUDA device. The
   * memory cannot be resized any more. Threads of this process share all memory, this and other:
   * see `torch.toHandle`.
   *
   * On Linux another process maps it by `x.untypedStorage().filename`, while this one holds it.
   *
   * @throws TorchError where JavaScript or another thread sees the memory where it is: after
   * `asTypedArray()` or `torch.toHandle()`.
   *
   * @example
   * ```ts
   * const x = torch.ones(3).shareMemory_();
   * x.isShared(); // true
   * torch.fromFile(x.untypedStorage().filename as string, true, 3); // tensor([1., 1., 1.])
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.share_memory_.html
   */
  shareMemory_<Self extends Tensor>(this: Self): Self {
    native.shareMemory(idOf(this));
    return this;
  }

  /**
   * Whether other processes can map the memory; always true on a CUDA device.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.is_shared.html
   */
  isShared(this: Tensor): boolean {
    return native.isSharedMemory(idOf(this));
  }

  /**
   * The dimensions in the order in which they lie in memory, from the outermost to the innermost.
   *
   * @param options.ambiguityCheck Whether to throw where there are several such orders; or the
   * memory formats of which exactly one must then fit. Default: false.
   *
   * @throws TorchError where the order is ambiguous, and was to be checked.
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.dim_order.html
   */
  dimOrder(
    this: Tensor,
    options: { ambiguityCheck?: boolean | readonly MemoryFormat[] } = {},
  ): number[] {
    checkOptions('dimOrder()', options, ['ambiguityCheck']);
    const { ambiguityCheck = false } = options;
    const formats = Array.isArray(ambiguityCheck) ? ambiguityCheck : [];
    const isList = Array.isArray(ambiguityCheck) && formats.every((f) => f instanceof MemoryFormat);
    if (typeof ambiguityCheck !== 'boolean' && !isList) {
      throw new TypeError(
        'dimOrder(): ambiguityCheck must be a boolean or a list of memory formats',
      );
    }
    if (this.isSparse) throw new TypeError('dimOrder() wants a dense tensor; see toDense()');
    const fitting = formats.filter((format) => this.isContiguous(format));
    const isAmbiguous = ambiguityCheck !== false && hasSeveralOrders(this) && fitting.length !== 1;
    const order = isAmbiguous ? undefined : orderOf(this, ambiguityCheck !== false);
    if (order === undefined) {
      throw new TorchError(
        'the tensor does not have a unique order of dimensions, or cannot be mapped to exactly one of the given memory formats',
        { code: 'ERR_AMBIGUOUS' },
      );
    }
    return order;
  }

  /**
   * How a quantized tensor's integers stand for numbers.
   *
   * @throws TorchError where the tensor is not quantized.
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.qscheme.html
   */
  qscheme(this: Tensor): QScheme {
    return qschemeOfCode(native.qscheme(idOf(this)));
  }

  /**
   * Lets the tensor's memory be used again only when a stream is done with it too: for tensors that
   * are used in a stream other than the one in which they were made.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.record_stream.html
   */
  recordStream(this: Tensor, stream: Stream): void {
    if (!(stream instanceof Stream)) throw new TypeError('recordStream() takes a torch.Stream');
    Stream.record(idOf(this), stream);
  }

  /** Whether it is nested: a list of tensors of different shapes. */
  get isNested(): boolean {
    return native.isNested(idOf(this as unknown as Tensor));
  }

  /** Whether it is in one of oneDNN's own layouts. */
  get isMkldnn(): boolean {
    return (this as unknown as Tensor).layout.name === '_mkldnn';
  }

  /** Whether it lies on a GPU of Apple's. */
  get isMps(): boolean {
    return (this as unknown as Tensor).device.type === 'mps';
  }

  /** Whether it lies on a GPU of Intel's. */
  get isXpu(): boolean {
    return (this as unknown as Tensor).device.type === 'xpu';
  }
}

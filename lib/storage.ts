import { tensorOfBytes } from './creation.js';
import { Device } from './device.js';
import { wrap } from './dispatch.js';
import { uint8 } from './dtype.js';
import { ValueError } from './errors.js';
import { idOf, isHandle } from './handle.js';
import { native } from './native.js';
import { operators } from './operators.js';
import { checkOptions, isPlainObject } from './options.js';
import type { Tensor } from './tensor.js';
import type { DeviceLike } from './types.js';

function checkSize(where: string, size: unknown): number {
  if (!Number.isSafeInteger(size) || (size as number) < 0) {
    throw new ValueError(`${where} takes a whole number of bytes, got ${String(size)}`);
  }
  return size as number;
}

/** The whole storage of a tensor as a tensor of bytes, which it shares. */
function bytesOf(tensor: Tensor): Tensor {
  const id = idOf(tensor);
  const size = native.storageBytes(id);
  return wrap(native.storageView(id, uint8.code, 0, [size], [1], false, false)) as Tensor;
}

function bytesFrom(data: unknown, device: Device): Tensor {
  if (typeof data === 'number') {
    const size = checkSize('UntypedStorage', data);
    return operators.torch.empty([size], { dtype: uint8, device });
  }
  if (typeof data !== 'object' || data === null || !(Symbol.iterator in data)) {
    throw new TypeError(`UntypedStorage takes a size or bytes, got ${typeof data}`);
  }
  const bytes = Uint8Array.from(data as Iterable<number>);
  return tensorOfBytes(bytes, [bytes.length], uint8, true).to(device);
}

/** A tensor on the storage. @internal */
export let tensorOf: (storage: UntypedStorage) => Tensor;
let isOne: (value: unknown) => value is UntypedStorage;

/**
 * The memory behind tensors, as bytes. Views share one storage; `x.untypedStorage()` gives it.
 *
 * @param data How many bytes, which are not set, or the bytes. Default: none.
 * @param options.device Where to make it. Default: the CPU.
 *
 * @example
 * ```ts
 * const x = torch.zeros(2, 3);
 * x.untypedStorage().nbytes(); // 24
 * x.untypedStorage().dataPtr() === x[1].untypedStorage().dataPtr(); // true
 * ```
 * @see https://pytorch.org/docs/stable/storage.html#torch.UntypedStorage
 */
export class UntypedStorage {
  /** A tensor on the storage; how much of it the tensor sees does not matter. */
  readonly #tensor: Tensor;

  constructor(data: number | Iterable<number> = 0, options: { device?: DeviceLike | null } = {}) {
    if (!isPlainObject(options)) throw new TypeError('UntypedStorage takes its options by name');
    checkOptions('UntypedStorage', options, ['device']);
    const isTensor = typeof data === 'object' && data !== null && isHandle(data);
    this.#tensor = isTensor
      ? bytesOf(data as Tensor)
      : bytesFrom(data, Device.from(options.device ?? 'cpu'));
  }

  /** How many bytes it has. */
  nbytes(): number {
    return native.storageBytes(idOf(this.#tensor));
  }

  /** How many bytes it has. */
  size(): number {
    return this.nbytes();
  }

  /** How many bytes it has; Python's `len(storage)`. */
  get length(): number {
    return this.nbytes();
  }

  /** Bytes of one element: 1. */
  elementSize(): number {
    return 1;
  }

  /** Where it lies. */
  get device(): Device {
    return this.#tensor.device;
  }

  /** Whether it lies on a GPU. */
  get isCuda(): boolean {
    return this.device.type === 'cuda';
  }

  /** The index of its GPU; -1 for the CPU. */
  getDevice(): number {
    return this.#tensor.getDevice();
  }

  /** The address of the first byte. */
  dataPtr(): bigint {
    return native.dataPointer(idOf(bytesOf(this.#tensor)));
  }

  /** Whether `resize_` may be called: not where JavaScript shares the memory. */
  resizable(): boolean {
    return native.isResizable(idOf(this.#tensor));
  }

  /**
   * Gives it another size, and keeps the bytes that fit. Tensors on it keep their shapes: what lies
   * beyond the end must not be read any more.
   *
   * @throws TorchError where it cannot be resized.
   */
  resize_(size: number): this {
    native.resizeStorage(idOf(this.#tensor), checkSize('resize_()', size));
    return this;
  }

  /** Moves it to where other processes can map it; see {@link Tensor.shareMemory_}. */
  shareMemory_(): this {
    native.shareMemory(idOf(this.#tensor));
    return this;
  }

  /** Whether other processes can map it. */
  isShared(): boolean {
    return native.isSharedMemory(idOf(this.#tensor));
  }

  /** The path by which another process maps it, after `shareMemory_` on Linux; else null. */
  get filename(): string | null {
    return native.storageFilename(idOf(this.#tensor)) ?? null;
  }

  /** Sets every byte. */
  fill_(value: number): this {
    bytesOf(this.#tensor).fill_(value);
    return this;
  }

  /** Copies the bytes of another storage of the same size. */
  copy_(source: UntypedStorage, nonBlocking = false): this {
    if (!isStorage(source)) throw new TypeError('copy_() takes an UntypedStorage');
    if (source.nbytes() !== this.nbytes()) {
      throw new ValueError(
        `copy_() takes a storage of ${this.nbytes()} bytes, got ${source.nbytes()}`,
      );
    }
    bytesOf(this.#tensor).copy_(bytesOf(source.#tensor), nonBlocking);
    return this;
  }

  /** A copy. */
  clone(): UntypedStorage {
    return storageOn(bytesOf(this.#tensor).clone());
  }

  /** The storage in the CPU's memory; itself where it is there. */
  cpu(): UntypedStorage {
    return this.to({ device: 'cpu' });
  }

  /** The storage on a GPU. Default: the current one. */
  cuda(device: DeviceLike = 'cuda', nonBlocking = false): UntypedStorage {
    return this.to({ device, nonBlocking });
  }

  /** The storage on another device; itself where it is there. */
  to(options: { device: DeviceLike; nonBlocking?: boolean }): UntypedStorage {
    checkOptions('to()', options, ['device', 'nonBlocking']);
    const bytes = bytesOf(this.#tensor);
    const moved = bytes.to(Device.from(options.device), { nonBlocking: options.nonBlocking });
    return moved === bytes ? this : storageOn(moved);
  }

  /** The bytes. */
  tolist(): number[] {
    return Array.from(this.toTypedArray());
  }

  /** A copy of the bytes. */
  toTypedArray(): Uint8Array {
    return bytesOf(this.#tensor).cpu().toTypedArray() as Uint8Array;
  }

  /** The bytes themselves, which JavaScript and the tensors share, in the CPU's memory. */
  asTypedArray(): Uint8Array {
    return bytesOf(this.#tensor).asTypedArray() as Uint8Array;
  }

  /** The storage; PyTorch's typed storages have one too. */
  untyped(): this {
    return this;
  }

  /** The bytes in turn. */
  [Symbol.iterator](): IterableIterator<number> {
    return this.toTypedArray()[Symbol.iterator]();
  }

  /** As Python's `repr` prints it: a byte a line. */
  toString(): string {
    const lines =
      this.device.type === 'meta'
        ? '...'
        : this.tolist()
            .map((n) => ` ${n}`)
            .join('\n');
    return `${lines}\n[torch.storage.UntypedStorage(device=${this.device}) of size ${this.nbytes()}]`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  static {
    tensorOf = (storage) => storage.#tensor;
    isOne = (value): value is UntypedStorage =>
      typeof value === 'object' && value !== null && #tensor in value;
  }
}

/** The storage of a tensor. @internal */
export function storageOn(tensor: Tensor): UntypedStorage {
  return new UntypedStorage(tensor as never);
}

/**
 * Whether the value is a storage.
 *
 * @example
 * ```ts
 * torch.isStorage(torch.zeros(2).untypedStorage()); // true
 * torch.isStorage(torch.zeros(2)); // false
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.is_storage.html
 */
export function isStorage(value: unknown): value is UntypedStorage {
  return isOne(value);
}

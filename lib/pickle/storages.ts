import { Device } from '../device.js';
import { wrap } from '../dispatch.js';
import type { DType } from '../dtype.js';
import * as dtypes from '../dtype.js';
import { TorchError } from '../errors.js';
import { idOf } from '../handle.js';
import { native } from '../native.js';
import { operators } from '../operators.js';
import { Tensor } from '../tensor.js';
import type { DeviceLike } from '../types.js';
import { UnpicklingError } from './errors.js';
import { Callable, type Tuple } from './python.js';

/**
 * Where `torch.load` puts the tensors: one device for all; another device for some, by the names
 * that the file has (`{ 'cuda:1': 'cpu' }`); or a function that gets a storage, as a uint8 tensor
 * on the CPU, and the name of its device, and returns the storage in its new place, or nothing
 * where it is to go where it was.
 */
export type MapLocation =
  | DeviceLike
  | Readonly<Record<string, DeviceLike>>
  | ReadonlyMap<string, DeviceLike>
  | ((storage: Tensor, location: string) => Tensor | null | undefined);

/** The classes of storages that PyTorch writes, and the dtype of each. */
const storageClasses: Record<string, DType> = {
  BoolStorage: dtypes.bool,
  ByteStorage: dtypes.uint8,
  CharStorage: dtypes.int8,
  ShortStorage: dtypes.int16,
  IntStorage: dtypes.int32,
  LongStorage: dtypes.int64,
  HalfStorage: dtypes.float16,
  BFloat16Storage: dtypes.bfloat16,
  FloatStorage: dtypes.float32,
  DoubleStorage: dtypes.float64,
  ComplexFloatStorage: dtypes.complex64,
  ComplexDoubleStorage: dtypes.complex128,
  QInt8Storage: dtypes.qint8,
  QUInt8Storage: dtypes.quint8,
  QInt32Storage: dtypes.qint32,
};

/** The name of the storage class of a dtype; undefined for the newer ones, which have none. */
export function storageClassOf(dtype: DType): string | undefined {
  return Object.keys(storageClasses).find((name) => storageClasses[name] === dtype);
}

/** A storage's class, as a pickle names it: it stands for the dtype. */
class StorageClass extends Callable {
  constructor(
    path: string,
    readonly dtype: DType,
  ) {
    super(path, () => {
      throw new UnpicklingError(`the pickle makes a ${path} of its own, without a record`);
    });
  }
}

/** The storage class of a full name such as `torch.FloatStorage`. */
export function storageClass(path: string): StorageClass | undefined {
  const match = /^torch\.(?:cuda\.|storage\.)?(\w+)$/.exec(path);
  const name = match?.[1];
  if (name === undefined) return undefined;
  if (name === 'UntypedStorage') return new StorageClass(path, dtypes.uint8);
  const dtype = Object.hasOwn(storageClasses, name) ? storageClasses[name] : undefined;
  return dtype && new StorageClass(path, dtype);
}

/** A storage that has been read: its bytes, and the dtype of what lies in it. */
export class LoadedStorage {
  constructor(
    readonly bytes: Tensor,
    readonly dtype: DType,
  ) {}

  /** The tensor of some of its elements, which it shares. */
  view(
    dtype: DType,
    offset: number,
    size: readonly number[],
    stride: readonly number[],
    { isConj = false, isNeg = false } = {},
  ): Tensor {
    const id = native.storageView(
      idOf(this.bytes),
      dtype.code,
      offset,
      size,
      stride,
      isConj,
      isNeg,
    );
    return wrap(id) as Tensor;
  }
}

/** The device of a name that a file or the caller gave; throws where this machine has it not. */
function availableDevice(spec: DeviceLike): Device {
  const device = Device.from(spec);
  if (device.type !== 'cuda') return device;
  const count = native.cudaDeviceCount();
  if (count > (device.index ?? 0)) return device;
  const lack = count === 0 ? 'there is no CUDA device' : `there are ${count} CUDA devices`;
  throw new TorchError(
    `a tensor is to be loaded to ${device}, and ${lack} here: load it with { mapLocation: 'cpu' }`,
    { code: 'ERR_NO_DEVICE' },
  );
}

/** Reads the storages of an open archive, each once, and puts them where they belong. */
export class StorageLoader {
  readonly #storages = new Map<string, Tensor>();
  /** Handles on storages that nobody else has. */
  readonly #own: Tensor[] = [];

  constructor(
    readonly archive: number,
    readonly mapLocation: MapLocation | null,
    readonly isMapped: boolean,
  ) {}

  /** The storage of a persistent id: `('storage', class, key, location, numel)`. */
  load(id: Tuple): LoadedStorage {
    const [kind, type, key, location, numel] = id.items;
    if (
      kind !== 'storage' ||
      !(type instanceof StorageClass) ||
      typeof key !== 'string' ||
      typeof location !== 'string' ||
      !Number.isSafeInteger(numel) ||
      (numel as number) < 0
    ) {
      throw new UnpicklingError('the pickle refers to something outside that is no storage');
    }
    let bytes = this.#storages.get(key);
    if (!bytes) {
      bytes = this.#place(key, (numel as number) * type.dtype.itemsize, location);
      this.#storages.set(key, bytes);
    }
    return new LoadedStorage(bytes, type.dtype);
  }

  /** Lets go of the storages: only the tensors on them keep them from here on. */
  release(): void {
    for (const tensor of this.#own) tensor.dispose();
  }

  /** Where a tensor goes that the file has on `location`. */
  deviceFor(location: string): Device {
    const { mapLocation } = this;
    let device: DeviceLike | undefined;
    if (mapLocation instanceof Map) device = mapLocation.get(location);
    else if (mapLocation instanceof Device || typeof mapLocation === 'string') device = mapLocation;
    else if (mapLocation !== null && Object.hasOwn(mapLocation, location)) {
      device = (mapLocation as Record<string, DeviceLike>)[location];
    }
    return availableDevice(device ?? location);
  }

  #place(key: string, size: number, location: string): Tensor {
    const { mapLocation } = this;
    if (typeof mapLocation === 'function') {
      const bytes = this.#read(key, size);
      const placed = mapLocation(bytes, location) ?? bytes.to(availableDevice(location));
      if (placed instanceof Tensor && placed.dtype === dtypes.uint8 && placed.nbytes === size) {
        return placed;
      }
      throw new TypeError('mapLocation must return the storage that it got, or a copy of it');
    }
    const device = this.deviceFor(location);
    if (device.type === 'meta') {
      return operators.torch.empty([size], { dtype: dtypes.uint8, device });
    }
    const bytes = this.#read(key, size);
    const placed = bytes.to(device);
    this.#own.push(bytes, placed);
    return placed;
  }

  #read(key: string, size: number): Tensor {
    const id = native.archiveStorage(this.archive, `data/${key}`, size, this.isMapped);
    return wrap(id) as Tensor;
  }
}

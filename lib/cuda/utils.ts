import { Device } from '../device.js';
import { TorchError, ValueError } from '../errors.js';
import { native } from '../native.js';
import type { DeviceLike } from '../types.js';

/** Which GPU: a device, its name, its index, or null for the one in use. */
export type Gpu = DeviceLike | number | null;

/** libtorch's code of a device of a type; below 0 stands for the one in use. @internal */
export const codeOf = (type: string, index: number): number =>
  Device.from(type).code * 256 + Math.max(index, -1) + 1;

/** The code of a GPU. @internal */
export const gpuCode = (index: number): number => codeOf('cuda', index);

/** The device of a code. @internal */
export const deviceOfCode = (code: number): Device =>
  Device.ofCode(Math.floor(code / 256), (code % 256) - 1);

/** A whole number that is an index, or negative for none. */
function checkIndex(index: number): number {
  if (!Number.isInteger(index) || index > 127) {
    throw new TypeError(`the index of a device is an integer below 128, got ${index}`);
  }
  return index;
}

/**
 * The index that `device` means among the devices of `type`.
 *
 * @param current Gives the one in use, for null and for a device without an index; where it is
 * left out, there must be an index.
 *
 * @internal
 */
export function indexAmong(type: string, device: Gpu | undefined, current?: () => number): number {
  if (typeof device === 'number') return checkIndex(device);
  const chosen = device === null || device === undefined ? null : Device.from(device);
  if (chosen !== null && chosen.type !== type) {
    throw new ValueError(`Expected a ${type} device, but got: ${chosen}`);
  }
  if (chosen?.index !== null && chosen?.index !== undefined) return chosen.index;
  if (current) return current();
  throw new ValueError(
    `Expected a torch.device with a specified index or an integer, but got: ${chosen}`,
  );
}

/** The GPU in use; -1 where there is none. */
const currentGpu = () => (native.cudaDeviceCount() > 0 ? native.currentDevice(gpuCode(-1)) : -1);

/** The index of a GPU, the one in use by default. @internal */
export const gpuIndex = (device: Gpu | undefined): number => indexAmong('cuda', device, currentGpu);

/** The index of a GPU that exists, once CUDA is set up. @internal */
export function existingGpu(device: Gpu | undefined, what = 'device'): number {
  native.initCuda();
  const index = gpuIndex(device);
  if (index < 0 || index >= native.cudaDeviceCount()) {
    throw new TorchError(
      `Invalid ${what} id: ${index}; there are ${native.cudaDeviceCount()} CUDA devices, counted from 0`,
      { code: 'ERR_DEVICE' },
    );
  }
  return index;
}

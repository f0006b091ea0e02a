/**
 * GPUs of Apple's; Python's `torch.mps`. Tensors are put there by `device: 'mps'` where libtorch was
 * built for them; streams, memory and synchronization are `torch.accelerator`'s.
 *
 * @see https://pytorch.org/docs/stable/mps.html
 * @module
 */
import { Device } from '../device.js';
import { native } from '../native.js';

/**
 * How many GPUs of Apple's libtorch finds: 1, or 0 where it was not built for them.
 *
 * @example
 * ```ts
 * torch.mps.deviceCount() > 0 === torch.mps.isAvailable(); // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.mps.device_count.html
 */
export function deviceCount(): number {
  return native.hasBackend('mps') ? native.acceleratorCount(Device.from('mps').code) : 0;
}

/**
 * Whether libtorch was built for GPUs of Apple's and finds one.
 *
 * @example
 * ```ts
 * const device = torch.mps.isAvailable() ? 'mps' : 'cpu';
 * ```
 * @see https://pytorch.org/docs/stable/mps.html
 */
export function isAvailable(): boolean {
  return deviceCount() > 0;
}

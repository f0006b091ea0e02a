/**
 * GPUs of Intel's; Python's `torch.xpu`. Tensors are put there by `device: 'xpu'` where libtorch was
 * built for them; streams, memory and the device in use are `torch.accelerator`'s.
 *
 * @see https://pytorch.org/docs/stable/xpu.html
 * @module
 */
import { Device } from '../device.js';
import { native } from '../native.js';

/**
 * How many GPUs of Intel's libtorch finds; 0 where it was not built for them.
 *
 * @example
 * ```ts
 * torch.xpu.deviceCount() > 0 === torch.xpu.isAvailable(); // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.xpu.device_count.html
 */
export function deviceCount(): number {
  return native.hasBackend('xpu') ? native.acceleratorCount(Device.from('xpu').code) : 0;
}

/**
 * Whether libtorch was built for GPUs of Intel's and finds one.
 *
 * @example
 * ```ts
 * const device = torch.xpu.isAvailable() ? 'xpu' : 'cpu';
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.xpu.is_available.html
 */
export function isAvailable(): boolean {
  return deviceCount() > 0;
}

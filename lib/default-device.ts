import { Device } from './device.js';
import { ModeGuard, within } from './grad-mode.js';
import { native } from './native.js';
import type { DeviceLike } from './types.js';

let current: Device | null = null;

function change(device: Device | null): void {
  native.setDefaultDevice(device === null ? -1 : device.code * 256 + (device.index ?? -1) + 1);
  current = device;
}

/**
 * Where the functions that make a tensor put it from here on, where they are not told: `torch.zeros`,
 * `torch.tensor`, `torch.arange`, ..., and so the parameters of modules. Functions that are given a
 * tensor go by that. It holds for this thread.
 *
 * @param device The device; null goes back to the CPU.
 * @param body Where given, the device holds for this function only, whose result is returned; else
 * a guard is, which goes back to the device of before, if that is wanted.
 *
 * @example
 * ```ts
 * const model = torch.setDefaultDevice('meta', () => new nn.Linear(3, 4));
 * model.weight.device; // device(type='meta')
 * torch.zeros(2).device; // device(type='cpu')
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.set_default_device.html
 */
export function setDefaultDevice(device: DeviceLike | null): ModeGuard;
export function setDefaultDevice<R>(device: DeviceLike | null, body: () => R): R;
export function setDefaultDevice<R>(device: DeviceLike | null, body?: () => R): R | ModeGuard {
  const before = current;
  change(device === null ? null : Device.from(device));
  return within(new ModeGuard(() => change(before)), body);
}

/** The device that was set, or null. @internal */
export const defaultDevice = (): Device | null => current;

/**
 * Where the functions that make a tensor put it, where they are not told.
 *
 * @example
 * ```ts
 * torch.getDefaultDevice(); // device(type='cpu')
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.get_default_device.html
 */
export function getDefaultDevice(): Device {
  return current ?? Device.from('cpu');
}

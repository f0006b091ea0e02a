import { native } from './native.js';

/**
 * Whether libtorch has CUDA and finds a GPU.
 *
 * @example
 * ```ts
 * model.to(torch.cuda.isAvailable() ? 'cuda' : 'cpu');
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.is_available.html
 */
export function isAvailable(): boolean {
  return native.cudaDeviceCount() > 0;
}

/**
 * How many GPUs libtorch finds; 0 for its CPU build.
 *
 * @example
 * ```ts
 * torch.cuda.deviceCount() > 0 === torch.cuda.isAvailable(); // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.device_count.html
 */
export function deviceCount(): number {
  return native.cudaDeviceCount();
}

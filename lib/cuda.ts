import { native } from './native.js';

/**
 * Whether libtorch has CUDA and finds a GPU.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.is_available.html
 */
export function isAvailable(): boolean {
  return native.cudaDeviceCount() > 0;
}

/**
 * How many GPUs libtorch finds; 0 for its CPU build.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.device_count.html
 */
export function deviceCount(): number {
  return native.cudaDeviceCount();
}

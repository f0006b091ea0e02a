import { native } from '../native.js';

/**
 * Sets how many bytes the CPU tensors of this process, of all its threads together, may hold at
 * once. What would exceed it first collects garbage, and then throws an OutOfMemoryError that can be
 * caught, before the machine swaps or the system ends the process. Only the calling thread's garbage
 * can be collected, and none in the middle of `backward`.
 *
 * It counts what tensors and autograd hold, and neither JavaScript's own heap nor what libtorch
 * loads, about 150 MB. A GPU's memory has its own limits.
 *
 * @param bytes The limit; null for none, as it is at the start. Where more is held already, the next
 * allocation throws.
 * @throws TypeError where it is no whole number of bytes.
 *
 * @example
 * ```ts
 * torch.memory.setLimit(2e9);
 * torch.zeros(1e9); // throws OutOfMemoryError: an allocation of 4.0 GB would exceed the limit
 * torch.memory.setLimit(null);
 * ```
 */
export function setLimit(bytes: number | null): void {
  if (bytes !== null && (!Number.isSafeInteger(bytes) || bytes < 0)) {
    throw new TypeError(
      `memory.setLimit() takes a whole number of bytes, or null for no limit, got ${String(bytes)}`,
    );
  }
  native.setMemoryLimit(bytes ?? -1);
}

/**
 * How many bytes the CPU tensors of this process may hold; null where `setLimit` has set none.
 *
 * @example
 * ```ts
 * torch.memory.getLimit(); // null
 * ```
 */
export function getLimit(): number | null {
  const bytes = native.memoryLimit();
  return bytes < 0 ? null : bytes;
}

import { ValueError } from '../errors.js';
import { type FlatStats, flatten, type NestedStats } from '../memory-stats.js';
import { native } from '../native.js';
import { existingGpu, type Gpu, gpuCode, gpuIndex } from './utils.js';

const stats = (device: Gpu): NestedStats =>
  native.isCudaInitialized() ? native.memoryStats(gpuCode(gpuIndex(device))) : {};

/**
 * What the allocator of a GPU's memory counts, in groups; see {@link memoryStats}.
 *
 * @param device Default: the GPU in use.
 *
 * @example
 * ```ts
 * torch.cuda.memoryStatsAsNestedDict(); // {}
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.memory_stats_as_nested_dict.html
 */
export function memoryStatsAsNestedDict(device: Gpu = null): NestedStats {
  return stats(device);
}

/**
 * What the allocator of a GPU's memory counts. The names are PyTorch's:
 * `'allocated_bytes.all.current'` and so on, of `all`, `large_pool` and `small_pool`, each `current`,
 * `peak`, `allocated` and `freed`; and `'num_ooms'`, `'num_alloc_retries'`, ... Empty before CUDA is
 * set up.
 *
 * @param device Default: the GPU in use.
 *
 * @example
 * ```ts
 * const peak = torch.cuda.memoryStats()['allocated_bytes.all.peak'] ?? 0;
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.memory_stats.html
 */
export function memoryStats(device: Gpu = null): FlatStats {
  return flatten(stats(device));
}

/**
 * Bytes that tensors have on a GPU now. Those of tensors that are garbage count until it is
 * collected.
 *
 * @param device Default: the GPU in use.
 *
 * @example
 * ```ts
 * torch.cuda.memoryAllocated(); // 0
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.memory_allocated.html
 */
export function memoryAllocated(device: Gpu = null): number {
  return memoryStats(device)['allocated_bytes.all.current'] ?? 0;
}

/**
 * The most bytes that tensors had on a GPU, since the start or since `resetPeakMemoryStats`.
 *
 * @param device Default: the GPU in use.
 *
 * @example
 * ```ts
 * torch.cuda.maxMemoryAllocated(); // 0
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.max_memory_allocated.html
 */
export function maxMemoryAllocated(device: Gpu = null): number {
  return memoryStats(device)['allocated_bytes.all.peak'] ?? 0;
}

/**
 * Bytes of a GPU that the allocator holds, for tensors and in reserve.
 *
 * @param device Default: the GPU in use.
 *
 * @example
 * ```ts
 * torch.cuda.memoryReserved(); // 0
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.memory_reserved.html
 */
export function memoryReserved(device: Gpu = null): number {
  return memoryStats(device)['reserved_bytes.all.current'] ?? 0;
}

/**
 * The most bytes of a GPU that the allocator held, since the start or since `resetPeakMemoryStats`.
 *
 * @param device Default: the GPU in use.
 *
 * @example
 * ```ts
 * torch.cuda.maxMemoryReserved(); // 0
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.max_memory_reserved.html
 */
export function maxMemoryReserved(device: Gpu = null): number {
  return memoryStats(device)['reserved_bytes.all.peak'] ?? 0;
}

/**
 * Lets the peaks of {@link memoryStats} begin anew.
 *
 * @param device Default: the GPU in use.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.cuda.resetPeakMemoryStats();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.reset_peak_memory_stats.html
 */
export function resetPeakMemoryStats(device: Gpu = null): void {
  native.resetMemoryStats(gpuCode(existingGpu(device)), true, false);
}

/**
 * Lets the sums of {@link memoryStats} begin anew: `allocated`, `freed`, `num_ooms`, ...
 *
 * @param device Default: the GPU in use.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.cuda.resetAccumulatedMemoryStats();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.reset_accumulated_memory_stats.html
 */
export function resetAccumulatedMemoryStats(device: Gpu = null): void {
  native.resetMemoryStats(gpuCode(existingGpu(device)), false, false);
}

/**
 * Gives what the allocator holds in reserve back to the GPU, for other programs. It does not make
 * more memory for this one.
 *
 * @example
 * ```ts
 * torch.cuda.emptyCache();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.empty_cache.html
 */
export function emptyCache(): void {
  if (native.isCudaInitialized()) native.emptyCache(gpuCode(-1));
}

/**
 * A GPU's free and total memory in bytes, whoever uses it.
 *
 * @param device Default: the GPU in use.
 *
 * @example
 * ```ts
 * // needs a GPU
 * const [free, total] = torch.cuda.memGetInfo();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.mem_get_info.html
 */
export function memGetInfo(device: Gpu = null): [free: number, total: number] {
  return native.memoryInfo(gpuCode(existingGpu(device)));
}

const hostStats = (): NestedStats =>
  native.isCudaInitialized() ? native.hostMemoryStats(gpuCode(-1)) : {};

/**
 * What the allocator of page-locked memory counts, in groups. Empty before CUDA is set up.
 *
 * @example
 * ```ts
 * torch.cuda.hostMemoryStatsAsNestedDict(); // {}
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.host_memory_stats_as_nested_dict.html
 */
export function hostMemoryStatsAsNestedDict(): NestedStats {
  return hostStats();
}

/**
 * What the allocator of page-locked memory counts. Empty before CUDA is set up.
 *
 * @example
 * ```ts
 * torch.cuda.hostMemoryStats(); // {}
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.host_memory_stats.html
 */
export function hostMemoryStats(): FlatStats {
  return flatten(hostStats());
}

/**
 * Lets the peaks of {@link hostMemoryStats} begin anew.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.cuda.resetPeakHostMemoryStats();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.reset_peak_host_memory_stats.html
 */
export function resetPeakHostMemoryStats(): void {
  native.resetMemoryStats(gpuCode(-1), true, true);
}

/**
 * Lets the sums of {@link hostMemoryStats} begin anew.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.cuda.resetAccumulatedHostMemoryStats();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.reset_accumulated_host_memory_stats.html
 */
export function resetAccumulatedHostMemoryStats(): void {
  native.resetMemoryStats(gpuCode(-1), false, true);
}

/**
 * Limits what this process may have of a GPU's memory; beyond it, tensors throw OutOfMemoryError.
 *
 * @param fraction Of the GPU's memory, from 0 to 1.
 * @param device Default: the GPU in use.
 *
 * @throws TorchError where the library of sconce that links CUDA is not there.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.cuda.setPerProcessMemoryFraction(0.5);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.set_per_process_memory_fraction.html
 */
export function setPerProcessMemoryFraction(fraction: number, device: Gpu = null): void {
  const index = existingGpu(device);
  if (typeof fraction !== 'number') {
    throw new TypeError(
      `setPerProcessMemoryFraction() takes a number from 0 to 1, got ${typeof fraction}`,
    );
  }
  if (!(fraction >= 0 && fraction <= 1)) {
    throw new ValueError(`Invalid fraction value: ${fraction}. Allowed range: 0~1`);
  }
  native.setCudaMemoryFraction(fraction, index);
}

/**
 * The part of a GPU's memory that this process may have, from 0 to 1.
 *
 * @param device Default: the GPU in use.
 *
 * @throws TorchError where the library of sconce that links CUDA is not there.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.cuda.getPerProcessMemoryFraction(); // 1
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.get_per_process_memory_fraction.html
 */
export function getPerProcessMemoryFraction(device: Gpu = null): number {
  return native.cudaMemoryFraction(existingGpu(device));
}

/**
 * The allocator of GPU memory: `'native'`, or `'cudaMallocAsync'` where the environment variable
 * `PYTORCH_ALLOC_CONF` has `backend:cudaMallocAsync`. That variable holds the allocator's other
 * settings too, and is read when libtorch is loaded.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.cuda.getAllocatorBackend(); // 'native'
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.get_allocator_backend.html
 */
export function getAllocatorBackend(): string {
  if (!native.hasCuda()) native.initCuda();
  const settings = process.env.PYTORCH_ALLOC_CONF ?? process.env.PYTORCH_CUDA_ALLOC_CONF ?? '';
  return /(?:^|,)\s*backend\s*:\s*cudaMallocAsync/.test(settings) ? 'cudaMallocAsync' : 'native';
}

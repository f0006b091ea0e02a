import { TorchError } from '../errors.js';
import { memoryStats } from './memory.js';
import { summaryOf } from './summary-table.js';
import { type Gpu, gpuIndex } from './utils.js';

/**
 * What the allocator of a GPU's memory counts, as a table to read.
 *
 * @param device Default: the GPU in use.
 * @param abbreviated Whether the two pools are left out. Default: false.
 *
 * @example
 * ```ts
 * // needs a GPU
 * console.log(torch.cuda.memorySummary());
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.memory_summary.html
 */
export function memorySummary(device: Gpu = null, abbreviated = false): string {
  const stats = memoryStats(device);
  if (Object.keys(stats).length === 0) {
    throw new TorchError(
      "torch.cuda.memorySummary(): nothing is known of a GPU's memory before CUDA is set up",
    );
  }
  return summaryOf(stats, gpuIndex(device), abbreviated);
}

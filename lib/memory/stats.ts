import { native } from '../native.js';
import { getLimit } from './limit.js';
import type { Statistic } from './snapshot.js';
import { isTracing, tracedStatistics } from './trace.js';

/** What {@link stats} tells. */
export interface MemoryStats {
  /** Tensors that this thread's JavaScript holds, or has dropped and not collected yet. */
  tensors: number;
  /** Bytes that CPU tensors of this process hold, on all threads, autograd's too. */
  bytes: number;
  /** The most that they may hold; null without a limit. */
  limit: number | null;
  /** Handles under way between threads, which `torch.toHandle` made and something holds. */
  handles: number;
  /** Bytes that these keep alive; others may hold the same. */
  handleBytes: number;
  /** By the line that allocated it, the largest first; null while nothing is traced. */
  sites: Statistic[] | null;
}

/**
 * How much memory tensors hold now. Cheap: for a metric that is asked for every second, say.
 *
 * @example
 * ```ts
 * const before = torch.memory.stats();
 * const x = torch.zeros(1000, 1000);
 * torch.memory.stats().bytes - before.bytes >= 4e6; // true
 * ```
 */
export function stats(): MemoryStats {
  return {
    tensors: native.liveTensors(),
    bytes: native.liveBytes(),
    limit: getLimit(),
    handles: native.sweepHandles(),
    handleBytes: native.handleBytes(),
    sites: isTracing() ? tracedStatistics() : null,
  };
}

/**
 * The memory of GPUs, and what the allocator tells of itself; Python's `torch.cuda.memory`.
 *
 * @see https://pytorch.org/docs/stable/cuda.html#memory-management
 * @module
 */
export * from './memory.js';
export { memorySummary } from './memory-summary.js';
export {
  _dumpSnapshot,
  _recordMemoryHistory,
  _snapshot,
  type Block,
  type Frame,
  memorySnapshot,
  type RecordMemoryHistoryOptions,
  type Segment,
  type Snapshot,
  type TraceEntry,
} from './snapshot.js';

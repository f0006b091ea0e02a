/**
 * What the memory of tensors comes to: statistics, a limit, and where it was taken.
 *
 * @module
 */
export { getLimit, setLimit } from './limit.js';
export { Snapshot, type SnapshotOptions, Statistic, StatisticDiff } from './snapshot.js';
export { type MemoryStats, stats } from './stats.js';
export { getTracedMemory, isTracing, start, stop, takeSnapshot } from './trace.js';

/**
 * GPUs of NVIDIA's: which there are, their streams, memory and random numbers; Python's `torch.cuda`.
 * Where libtorch has no CUDA, or the machine no GPU, what needs one throws.
 *
 * @see https://pytorch.org/docs/stable/cuda.html
 * @module
 */
export { OutOfMemoryError } from '../errors.js';
export * from './device.js';
export {
  type CaptureErrorMode,
  CUDAGraph,
  type GraphOptions,
  graph,
  graphPoolHandle,
  isCurrentStreamCapturing,
  type PoolHandle,
} from './graphs.js';
export {
  type MakeGraphedCallablesOptions,
  makeGraphedCallables,
} from './make-graphed-callables.js';
export * from './memory.js';
export * as memory from './memory-module.js';
export { memorySummary } from './memory-summary.js';
export { DeviceProperties } from './properties.js';
export * from './random.js';
export * from './sensors.js';
export { memorySnapshot } from './snapshot.js';
export * from './streams.js';
export type { Gpu } from './utils.js';

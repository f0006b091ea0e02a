/**
 * GPUs of NVIDIA's: which there are, their streams, memory and random numbers; Python's `torch.cuda`.
 * Where libtorch has no CUDA, or the machine no GPU, what needs one throws.
 *
 * @see https://pytorch.org/docs/stable/cuda.html
 * @module
 */
export { OutOfMemoryError } from '../errors.js';
export * from './device.js';
export * from './memory.js';
export { memorySummary } from './memory-summary.js';
export { DeviceProperties } from './properties.js';
export * from './random.js';
export * from './sensors.js';
export * from './streams.js';
export type { Gpu } from './utils.js';

/**
 * What `import ... from 'sconce'` gives. The default export is {@link torch}, and the packages of
 * PyTorch stand beside it: `import torch, { nn, optim, type Tensor } from 'sconce'`. What reads
 * images is in `sconce/vision`.
 *
 * @module
 */
export * as accelerator from './accelerator/index.js';
export * as amp from './amp/index.js';
export * as autograd from './autograd/index.js';
export type { CompiledStep, StepRefusal } from './compile-step/index.js';
export { Complex } from './complex.js';
export * as copy from './copy.js';
export type { AsarrayOptions, NestedArray, TypedArray } from './creation.js';
export * as cuda from './cuda/index.js';
export { Device } from './device.js';
export * as distributions from './distributions/index.js';
export { DType } from './dtype.js';
export {
  IndexError,
  LinAlgError,
  NotImplementedError,
  OutOfMemoryError,
  TorchError,
  ValueError,
} from './errors.js';
export * as func from './func/index.js';
export type { UniqueResult } from './functional/unique.js';
export { Generator } from './generator.js';
export { ModeGuard } from './grad-mode.js';
export { type Index, Slice } from './indexing.js';
export { Layout } from './layout.js';
export type { LobpcgOptions } from './lobpcg/lobpcg.js';
export * as memory from './memory/index.js';
export { MemoryFormat } from './memory-format.js';
export * as mps from './mps/index.js';
export * as nn from './nn/index.js';
export * as optim from './optim/index.js';
export { UnpicklingError } from './pickle/errors.js';
export type { PrintOptions } from './print-options.js';
export { QScheme } from './qscheme.js';
export * as random from './random.js';
export type { FilePath, LoadOptions, MapLocation } from './serialization.js';
export type { SharedHandle, ToHandleOptions } from './shared-handle.js';
export { UntypedStorage } from './storage.js';
export { Event, type EventOptions, Stream } from './streams.js';
export { Tensor } from './tensor.js';
export type { NestedNumbers } from './tensor-elements.js';
export { type Torch, torch, torch as default } from './torch.js';
export type { DeviceLike, Scalar, Size, TensorOptions } from './types.js';
export type { RemovableHandle } from './utils/hooks.js';
export * as utils from './utils/index.js';
export * as xpu from './xpu/index.js';

/**
 * The building blocks of networks: modules, layers, losses and their functions; Python's
 * `torch.nn`.
 *
 * @see https://pytorch.org/docs/stable/nn.html
 * @module
 */
import { withHints } from '../hints.js';
import * as functionalMembers from './functional.js';
import * as initMembers from './init.js';

/** The layers as functions; Python's `torch.nn.functional`. */
export const functional: typeof functionalMembers = withHints({ ...functionalMembers });

/** Ways to fill weights at first; Python's `torch.nn.init`. */
export const init: typeof initMembers = withHints({ ...initMembers });

export * as attention from './attention/index.js';
export * from './modules/activation.js';
export * from './modules/adaptive.js';
export {
  BatchNorm1d,
  BatchNorm2d,
  BatchNorm3d,
  type NormOptions,
  SyncBatchNorm,
  type SyncBatchNormOptions,
} from './modules/batchnorm.js';
export * from './modules/channelshuffle.js';
export * from './modules/container.js';
export * from './modules/conv.js';
export * from './modules/distance.js';
export * from './modules/dropout.js';
export * from './modules/flatten.js';
export * from './modules/fold.js';
export * as modules from './modules/index.js';
export * from './modules/instancenorm.js';
export * from './modules/lazy-conv.js';
export * from './modules/lazy-linear.js';
export * from './modules/lazy-norm.js';
export * from './modules/likelihood-loss.js';
export { Bilinear, Identity, Linear, type LinearOptions } from './modules/linear.js';
export * from './modules/linear-cross-entropy.js';
export * from './modules/linear-cross-entropy-options.js';
export * from './modules/loss.js';
export * from './modules/margin-loss.js';
export * from './modules/max-pooling.js';
export * from './modules/module.js';
export * from './modules/normalization.js';
export * from './modules/padding.js';
export * from './modules/pixelshuffle.js';
export * from './modules/pooling.js';
export * from './modules/rnn.js';
export * from './modules/rnn-cell.js';
export * from './modules/sparse.js';
export * from './modules/transformer.js';
export * from './modules/triplet-loss.js';
export * from './modules/upsampling.js';
export { DataParallel, type DataParallelOptions } from './parallel/data-parallel.js';
export * from './parameter.js';
export {
  type MaterializeOptions,
  UninitializedBuffer,
  type UninitializedBufferOptions,
  type UninitializedOptions,
  UninitializedParameter,
} from './uninitialized.js';
export * as utils from './utils/index.js';

/**
 * The layers as functions, and the functions that layers are made of; Python's
 * `torch.nn.functional`.
 *
 * @see https://pytorch.org/docs/stable/nn.functional.html
 */
export * from './functional/activation.js';
export * from './functional/conv.js';
export {
  alphaDropout,
  type DropoutOptions,
  dropout,
  dropout1d,
  dropout2d,
  dropout3d,
  featureAlphaDropout,
} from './functional/dropout.js';
export * from './functional/fractional-pooling.js';
export * from './functional/linear.js';
export {
  type BinaryCrossEntropyOptions,
  type BinaryCrossEntropyWithLogitsOptions,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  type CrossEntropyOptions,
  crossEntropy,
  type ElementwiseLossOptions,
  type HuberLossOptions,
  huberLoss,
  type KLDivOptions,
  klDiv,
  l1Loss,
  mseLoss,
  type NLLLossOptions,
  nllLoss,
  type SmoothL1LossOptions,
  smoothL1Loss,
} from './functional/loss.js';
export * from './functional/max-pooling.js';
export {
  type BatchNormFunctionOptions,
  batchNorm,
  groupNorm,
  type InstanceNormFunctionOptions,
  instanceNorm,
  type LayerNormFunctionOptions,
  type LocalResponseNormOptions,
  layerNorm,
  localResponseNorm,
  rmsNorm,
} from './functional/normalization.js';
export * from './functional/padding.js';
export * from './functional/pooling.js';
export {
  type GumbelSoftmaxOptions,
  gumbelSoftmax,
  logSoftmax,
  type SoftmaxOptions,
  softmax,
  softmin,
} from './functional/softmax.js';
export { type EmbeddingFunctionOptions, embedding } from './functional/sparse.js';

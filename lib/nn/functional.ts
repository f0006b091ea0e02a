/**
 * The layers as functions, and the functions that layers are made of; Python's
 * `torch.nn.functional`.
 *
 * @see https://pytorch.org/docs/stable/nn.functional.html
 * @module
 */
export * from './functional/activation.js';
export * from './functional/attention.js';
export * from './functional/conv.js';
export * from './functional/distance.js';
export {
  alphaDropout,
  type DropoutOptions,
  dropout,
  dropout1d,
  dropout2d,
  dropout3d,
  featureAlphaDropout,
} from './functional/dropout.js';
export * from './functional/fold.js';
export * from './functional/fractional-pooling.js';
export * from './functional/interpolate.js';
export * from './functional/likelihood-loss.js';
export * from './functional/linear.js';
export * from './functional/linear-cross-entropy.js';
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
export {
  cosineEmbeddingLoss,
  hingeEmbeddingLoss,
  type MarginLossOptions,
  type MultilabelSoftMarginLossOptions,
  type MultiMarginLossOptions,
  marginRankingLoss,
  multilabelMarginLoss,
  multilabelSoftMarginLoss,
  multiMarginLoss,
  type ReducedLossOptions,
  softMarginLoss,
} from './functional/margin-loss.js';
export * from './functional/matmul.js';
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
export {
  type BagMode,
  type EmbeddingBagFunctionOptions,
  type EmbeddingFunctionOptions,
  embedding,
  embeddingBag,
  oneHot,
} from './functional/sparse.js';
export {
  type DistanceFunction,
  type TripletMarginLossOptions,
  type TripletMarginWithDistanceLossOptions,
  tripletMarginLoss,
  tripletMarginWithDistanceLoss,
} from './functional/triplet-loss.js';
export * from './functional/vision.js';

import torch, { nn, type Tensor } from 'sconce';
import { checkGradients, normal, positive } from '../_helpers/gradcheck.js';

const {
  adaptiveAvgPool2d,
  avgPool2d,
  batchNorm,
  bilinear,
  binaryCrossEntropyWithLogits,
  conv1d,
  conv2d,
  conv3d,
  convTranspose2d,
  crossEntropy,
  dropout,
  elu,
  embedding,
  gelu,
  glu,
  groupNorm,
  huberLoss,
  instanceNorm,
  klDiv,
  layerNorm,
  leakyRelu,
  linear,
  logsigmoid,
  lpPool2d,
  maxPool2d,
  mish,
  mseLoss,
  nllLoss,
  pad,
  prelu,
  rmsNorm,
  selu,
  silu,
  smoothL1Loss,
  softmax,
  softplus,
} = nn.functional;

const classes = torch.tensor([2n, 0n, 1n]);
const classWeights = torch.tensor([0.5, 1, 2], { dtype: torch.float64 });

checkGradients({
  linear: { of: (x, w, b) => linear(x, w, b), shapes: [[2, 3], [4, 3], [4]], twice: true },
  bilinear: {
    of: (x, y, w) => bilinear(x, y, w),
    shapes: [
      [2, 2],
      [2, 3],
      [2, 2, 3],
    ],
  },
  conv1d: { of: (x, w, b) => conv1d(x, w, b), shapes: [[2, 2, 4], [3, 2, 2], [3]] },
  conv2d: {
    of: (x, w, b) => conv2d(x, w, b),
    shapes: [[1, 2, 3, 3], [2, 2, 2, 2], [2]],
    twice: true,
  },
  'conv2d with stride, padding, dilation and groups': {
    of: (x, w) => conv2d(x, w, { stride: 2, padding: 2, dilation: 2, groups: 2 }),
    shapes: [
      [1, 2, 4, 4],
      [2, 1, 2, 2],
    ],
  },
  conv3d: {
    of: (x, w) => conv3d(x, w),
    shapes: [
      [1, 1, 3, 3, 3],
      [1, 1, 2, 2, 2],
    ],
  },
  convTranspose2d: {
    of: (x, w, b) => convTranspose2d(x, w, b, { stride: 2, outputPadding: 1 }),
    shapes: [[1, 2, 2, 2], [2, 1, 2, 2], [1]],
  },
  maxPool2d: { of: (x) => maxPool2d(x, 2), shapes: [[1, 2, 4, 4]] },
  avgPool2d: { of: (x) => avgPool2d(x, 2, 1, 1), shapes: [[1, 2, 3, 3]], twice: true },
  lpPool2d: { of: (x) => lpPool2d(x, 2, 2), shapes: [[1, 1, 4, 4]], from: positive },
  adaptiveAvgPool2d: { of: (x) => adaptiveAvgPool2d(x, [2, 3]), shapes: [[1, 2, 5, 4]] },
  'batchNorm in training': {
    of: (x, w, b) => batchNorm(x, null, null, w, b, true),
    shapes: [[3, 2, 2], [2], [2]],
    twice: true,
  },
  'batchNorm in evaluation': {
    of: (x, w, b) =>
      batchNorm(x, torch.zeros(2, { dtype: x.dtype }), torch.ones(2, { dtype: x.dtype }), w, b),
    shapes: [[3, 2], [2], [2]],
  },
  layerNorm: {
    of: (x, w, b) => layerNorm(x, [3], w, b),
    shapes: [[2, 3], [3], [3]],
    twice: true,
  },
  groupNorm: { of: (x, w, b) => groupNorm(x, 2, w, b), shapes: [[2, 4, 3], [4], [4]] },
  instanceNorm: { of: (x) => instanceNorm(x), shapes: [[2, 2, 4]] },
  rmsNorm: { of: (x, w) => rmsNorm(x, [3], w), shapes: [[2, 3], [3]] },
  elu: { of: (x) => elu(x), shapes: [[2, 3]] },
  selu: { of: (x) => selu(x), shapes: [[2, 3]] },
  leakyRelu: { of: (x) => leakyRelu(x, 0.1), shapes: [[2, 3]] },
  prelu: { of: (x, w) => prelu(x, w), shapes: [[2, 3], [3]] },
  gelu: { of: (x) => gelu(x), shapes: [[2, 3]], twice: true },
  'gelu by tanh': { of: (x) => gelu(x, { approximate: 'tanh' }), shapes: [[2, 3]] },
  silu: { of: (x) => silu(x), shapes: [[2, 3]], twice: true },
  mish: { of: (x) => mish(x), shapes: [[2, 3]] },
  glu: { of: (x) => glu(x), shapes: [[2, 4]] },
  softplus: { of: (x) => softplus(x), shapes: [[2, 3]] },
  logsigmoid: { of: (x) => logsigmoid(x), shapes: [[2, 3]] },
  softmax: { of: (x) => softmax(x, 1), shapes: [[2, 3]] },
  'dropout in evaluation': { of: (x) => dropout(x, 0.5, false), shapes: [[2, 3]] },
  'dropout under a seed': {
    of: (x) => {
      torch.manualSeed(3);
      return dropout(x);
    },
    shapes: [[2, 3]],
  },
  embedding: { of: (w) => embedding(classes, w), shapes: [[3, 2]], twice: true },
  'pad by reflection': { of: (x) => pad(x, [1, 2], 'reflect'), shapes: [[1, 2, 4]] },
  'pad by zeros': { of: (x) => pad(x, [1, 0, 0, 2]), shapes: [[2, 3]] },
  mseLoss: {
    of: (x, y) => mseLoss(x, y),
    shapes: [
      [2, 3],
      [2, 3],
    ],
    twice: true,
  },
  smoothL1Loss: {
    of: (x, y) => smoothL1Loss(x, y),
    shapes: [
      [2, 3],
      [2, 3],
    ],
  },
  huberLoss: {
    of: (x, y) => huberLoss(x, y, { delta: 0.7 }),
    shapes: [
      [2, 3],
      [2, 3],
    ],
  },
  crossEntropy: { of: (x) => crossEntropy(x, classes), shapes: [[3, 3]], twice: true },
  'crossEntropy with weights and smoothing': {
    of: (x) => crossEntropy(x, classes, { weight: classWeights, labelSmoothing: 0.1 }),
    shapes: [[3, 3]],
  },
  'crossEntropy of probabilities': {
    of: (x, y) => crossEntropy(x, y.softmax(1)),
    shapes: [
      [3, 3],
      [3, 3],
    ],
  },
  nllLoss: { of: (x) => nllLoss(x, classes, { reduction: 'sum' }), shapes: [[3, 3]] },
  klDiv: {
    of: (x, y) => klDiv(x, y, { reduction: 'batchmean' }),
    shapes: [
      [2, 3],
      [2, 3],
    ],
    from: positive,
  },
  binaryCrossEntropyWithLogits: {
    of: (x, y) => binaryCrossEntropyWithLogits(x, y.sigmoid()),
    shapes: [
      [2, 3],
      [2, 3],
    ],
  },
  'attention, written out': {
    of: (q, k, v) => q.matmul(k.mT).div(Math.sqrt(3)).softmax(-1).matmul(v),
    shapes: [
      [2, 2, 3],
      [2, 2, 3],
      [2, 2, 3],
    ],
    twice: true,
  },
  'a module of several layers': {
    of: (x) => network()(x),
    shapes: [[2, 1, 4, 4]],
    from: normal,
  },
});

/** The same small network each time. */
function network(): (x: Tensor) => Tensor {
  torch.manualSeed(5);
  return new nn.Sequential(
    new nn.Conv2d(1, 2, 3),
    new nn.Tanh(),
    new nn.Flatten(),
    new nn.Linear(8, 3),
    new nn.LogSoftmax(1),
  ).to(torch.float64);
}

import torch, { nn } from 'sconce';
import { microseconds, serve } from '../_helpers/serve.js';

torch.setNumThreads(1);
const a = torch.tensor([1, 2, 3, 4]);
const b = torch.tensor([5, 6, 7, 8]);
const scalar = torch.tensor(1);
const matrix = torch.randn(4, 4);
const weight = torch.randn(4, { requiresGrad: true });
const { linear, relu, softmax } = nn.functional;
const total = torch.zeros(4);

/** Nanoseconds a call. */
const measure = (run: () => void) => () => microseconds(20_000, run) * 1000;

await serve({
  add: measure(() => torch.add(a, b)),
  method: measure(() => a.add(b)),
  scalar: measure(() => a.add(2)),
  view: measure(() => a.view(2, 2)),
  index: measure(() => a[0]),
  relu: measure(() => relu(a)),
  matmul: measure(() => torch.matmul(matrix, matrix)),
  item: measure(() => a.sum().item()),
  read: measure(() => scalar.item()),
  recorded: measure(() => weight.add(b)),
  inPlace: measure(() => total.add_(b)),
  mul: measure(() => a.mul(b)),
  transpose: measure(() => matrix.transpose(0, 1)),
  slice: measure(() => matrix[':, 1:3']),
  reshape: measure(() => matrix.reshape(2, 8)),
  cat: measure(() => torch.cat([a, b])),
  stack: measure(() => torch.stack([a, b])),
  sum: measure(() => a.sum()),
  mean: measure(() => matrix.mean(1)),
  linear: measure(() => linear(matrix, matrix)),
  softmax: measure(() => softmax(a, 0)),
  eq: measure(() => a.eq(b)),
  zeros: measure(() => torch.zeros(4)),
  fromArray: measure(() => torch.tensor([1, 2, 3, 4])),
});

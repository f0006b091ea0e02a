import torch from 'sconce';
import { checkGradients, positive } from '../_helpers/gradcheck.js';

checkGradients({
  sum: { of: (x) => x.sum(), shapes: [[2, 3]] },
  'sum along dimensions': { of: (x) => x.sum([0, 2], true), shapes: [[2, 3, 2]] },
  mean: { of: (x) => x.mean(1), shapes: [[2, 3]] },
  prod: { of: (x) => x.prod(1), shapes: [[2, 3]], twice: true },
  var: { of: (x) => x.var(1), shapes: [[2, 4]], twice: true },
  std: { of: (x) => x.std({ dim: 0, correction: 0 }), shapes: [[4, 2]] },
  logsumexp: { of: (x) => x.logsumexp(1), shapes: [[2, 3]], twice: true },
  'max along a dimension': { of: (x) => x.max(1).values, shapes: [[2, 3]] },
  'min of all': { of: (x) => x.min(), shapes: [[2, 3]] },
  amax: { of: (x) => x.amax(0), shapes: [[2, 3]] },
  median: { of: (x) => x.median(1).values, shapes: [[2, 3]] },
  norm: { of: (x) => x.norm(), shapes: [[2, 3]], twice: true },
  'norm of order 3': { of: (x) => x.norm(3, 1), shapes: [[2, 3]] },
  cumsum: { of: (x) => x.cumsum(1), shapes: [[2, 3]] },
  cumprod: { of: (x) => x.cumprod(1), shapes: [[2, 3]], from: positive },
  logcumsumexp: { of: (x) => x.logcumsumexp(0), shapes: [[3, 2]] },
  cummax: { of: (x) => x.cummax(1).values, shapes: [[2, 3]] },
  sort: { of: (x) => x.sort(1, true).values, shapes: [[2, 3]] },
  topk: { of: (x) => x.topk(2).values, shapes: [[2, 4]] },
  softmax: { of: (x) => torch.softmax(x, 1), shapes: [[2, 3]], twice: true },
  logSoftmax: { of: (x) => torch.logSoftmax(x, 0), shapes: [[2, 3]], twice: true },
});

import torch from 'sconce';
import { checkGradients, positive } from '../_helpers/gradcheck.js';

const mask = torch.tensor([true, false, true]);

checkGradients({
  abs: { of: (x) => x.abs(), shapes: [[2, 3]] },
  neg: { of: (x) => x.neg(), shapes: [[3]] },
  exp: { of: (x) => x.exp(), shapes: [[2, 3]], twice: true },
  expm1: { of: (x) => x.expm1(), shapes: [[3]] },
  log: { of: (x) => x.log(), shapes: [[2, 3]], from: positive, twice: true },
  log1p: { of: (x) => x.log1p(), shapes: [[3]], from: positive },
  sqrt: { of: (x) => x.sqrt(), shapes: [[2, 3]], from: positive, twice: true },
  rsqrt: { of: (x) => x.rsqrt(), shapes: [[3]], from: positive },
  reciprocal: { of: (x) => x.reciprocal(), shapes: [[3]], from: positive },
  sin: { of: (x) => x.sin(), shapes: [[2, 3]], twice: true },
  cos: { of: (x) => x.cos(), shapes: [[3]] },
  tan: { of: (x) => x.tan(), shapes: [[3]], from: (shape) => positive(shape).sub(1) },
  asin: { of: (x) => x.asin(), shapes: [[3]], from: (shape) => positive(shape).sub(1) },
  atan: { of: (x) => x.atan(), shapes: [[3]] },
  sinh: { of: (x) => x.sinh(), shapes: [[3]] },
  tanh: { of: (x) => x.tanh(), shapes: [[2, 3]], twice: true },
  sigmoid: { of: (x) => x.sigmoid(), shapes: [[2, 3]], twice: true },
  erf: { of: (x) => x.erf(), shapes: [[3]] },
  lgamma: { of: (x) => x.lgamma(), shapes: [[3]], from: positive },
  relu: { of: (x) => x.relu(), shapes: [[2, 3]] },
  clamp: { of: (x) => x.clamp(-0.5, 0.5), shapes: [[2, 3]] },
  'pow of a number': { of: (x) => x.pow(3), shapes: [[2, 3]], twice: true },
  'pow of a tensor': {
    of: (x, y) => x.pow(y),
    shapes: [[2, 3], [3]],
    from: positive,
    twice: true,
  },
  'add with alpha and broadcasting': {
    of: (x, y) => x.add(y, { alpha: 2 }),
    shapes: [[2, 3], [3]],
  },
  'sub with broadcasting': {
    of: (x, y) => x.sub(y),
    shapes: [
      [2, 3],
      [2, 1],
    ],
  },
  'mul with broadcasting': { of: (x, y) => x.mul(y), shapes: [[2, 1], [3]], twice: true },
  'div with broadcasting': {
    of: (x, y) => x.div(y),
    shapes: [[2, 3], [1]],
    from: positive,
    twice: true,
  },
  'number minus tensor': { of: (x) => torch.rsub(x, 1), shapes: [[3]] },
  atan2: { of: (x, y) => x.atan2(y), shapes: [[3], [3]] },
  hypot: { of: (x, y) => x.hypot(y), shapes: [[3], [3]] },
  maximum: {
    of: (x, y) => x.maximum(y),
    shapes: [
      [2, 3],
      [2, 3],
    ],
  },
  logaddexp: { of: (x, y) => x.logaddexp(y), shapes: [[3], [3]] },
  lerp: { of: (x, y, weight) => x.lerp(y, weight), shapes: [[3], [3], [3]] },
  addcmul: { of: (x, y, z) => x.addcmul(y, z, { value: 0.5 }), shapes: [[3], [3], [3]] },
  where: { of: (x, y) => torch.where(mask, x, y), shapes: [[2, 3], [3]] },
  'in place': {
    of: (x, y) => x.clone().mul_(y).add_(x).sigmoid_(),
    shapes: [[2, 3], [3]],
    twice: true,
  },
});

import torch, { type Tensor } from 'sconce';
import { checkGradients } from '../_helpers/gradcheck.js';

const rows = torch.tensor([1n, 0n, 1n]);
const columns = torch.tensor([
  [0n, 2n],
  [1n, 1n],
]);
const mask = torch.tensor([
  [true, false, true],
  [false, true, true],
]);

checkGradients({
  'x[0]': { of: (x) => x[0] as Tensor, shapes: [[2, 3]] },
  'a slice': { of: (x) => x[':, 1:'] as Tensor, shapes: [[2, 3]] },
  'a mask': { of: (x) => x.index(mask), shapes: [[2, 3]] },
  'an index tensor': { of: (x) => x.index(rows, ':'), shapes: [[2, 3]], twice: true },
  'assignment to a slice': {
    of: (x, y) => {
      const copy = x.clone();
      copy[':, 1'] = y;
      return copy.pow(2);
    },
    shapes: [[2, 3], [2]],
  },
  'assignment to a mask': {
    of: (x, y) => x.clone().indexPut_([mask], y),
    shapes: [[2, 3], [4]],
  },
  gather: { of: (x) => x.gather(1, columns), shapes: [[2, 3]], twice: true },
  scatterAdd: {
    of: (x, y) => x.scatterAdd(1, columns, y),
    shapes: [
      [2, 3],
      [2, 2],
    ],
  },
  indexSelect: { of: (x) => x.indexSelect(0, rows), shapes: [[2, 3]] },
  indexAdd: {
    of: (x, y) => x.indexAdd(0, rows, y),
    shapes: [
      [2, 3],
      [3, 3],
    ],
  },
  maskedFill: { of: (x) => x.maskedFill(mask, 0), shapes: [[2, 3]] },
  maskedSelect: { of: (x) => x.maskedSelect(mask), shapes: [[2, 3]] },
  cat: {
    of: (x, y) => torch.cat([x, y, x], 1),
    shapes: [
      [2, 3],
      [2, 1],
    ],
    twice: true,
  },
  stack: {
    of: (x, y) => torch.stack([x, y], 1),
    shapes: [
      [2, 3],
      [2, 3],
    ],
  },
  chunk: {
    of: (x) => {
      const [first, second] = x.chunk(2, 1) as [Tensor, Tensor];
      return first.mul(second);
    },
    shapes: [[2, 4]],
  },
  unbind: { of: (x) => x.unbind(0).reduce((sum, row) => sum.mul(row)), shapes: [[3, 2]] },
  'transposed and reshaped': { of: (x) => x.permute(2, 0, 1).reshape(4, 3), shapes: [[2, 3, 2]] },
  expand: { of: (x) => x.expand(2, 3), shapes: [[1, 3]] },
  repeat: { of: (x) => x.repeat(2, 2), shapes: [[2, 3]] },
  repeatInterleave: { of: (x) => x.repeatInterleave(2, 0), shapes: [[2, 3]] },
  roll: { of: (x) => x.roll(1, 1), shapes: [[2, 3]] },
  flip: { of: (x) => x.flip(0), shapes: [[2, 3]] },
  unfold: { of: (x) => x.unfold(0, 3, 1), shapes: [[5]] },
  diagonal: { of: (x) => x.diagonal(), shapes: [[3, 3]] },
  tril: { of: (x) => x.tril(), shapes: [[3, 3]] },
  'asStrided with overlaps': { of: (x) => x.asStrided([2, 2], [1, 1]), shapes: [[4]] },
  'to another dtype and back': {
    of: (x) => x.to(torch.complex128).real.mul(x),
    shapes: [[3]],
  },
});

import torch, { type Tensor } from 'sconce';
import { checkGradients, normal } from '../_helpers/gradcheck.js';

/** Matrices that are far from singular. */
function regular(shape: number[]): Tensor {
  const identity = torch.eye(shape.at(-1) as number, { dtype: torch.float64 });
  return normal(shape).mul(0.3).add(identity.mul(2));
}

function symmetric(x: Tensor): Tensor {
  return x.add(x.mT);
}

checkGradients({
  matmul: {
    of: (x, y) => x.matmul(y),
    shapes: [
      [2, 3],
      [3, 2],
    ],
    twice: true,
  },
  'matmul with broadcasting': {
    of: (x, y) => x.matmul(y),
    shapes: [
      [2, 1, 2, 3],
      [2, 3, 2],
    ],
  },
  bmm: {
    of: (x, y) => x.bmm(y),
    shapes: [
      [2, 2, 3],
      [2, 3, 2],
    ],
  },
  mv: { of: (x, y) => x.mv(y), shapes: [[2, 3], [3]] },
  dot: { of: (x, y) => x.dot(y), shapes: [[3], [3]] },
  outer: { of: (x, y) => x.outer(y), shapes: [[2], [3]] },
  addmm: {
    of: (x, y, z) => x.addmm(y, z, { beta: 0.5, alpha: 2 }),
    shapes: [
      [2, 2],
      [2, 3],
      [3, 2],
    ],
  },
  einsum: {
    of: (x, y) => torch.einsum('bij,bkj->bik', x, y),
    shapes: [
      [2, 2, 3],
      [2, 2, 3],
    ],
  },
  kron: {
    of: (x, y) => x.kron(y),
    shapes: [
      [2, 2],
      [2, 1],
    ],
  },
  cross: {
    of: (x, y) => torch.linalg.cross(x, y),
    shapes: [
      [2, 3],
      [2, 3],
    ],
  },
  cdist: {
    of: (x, y) => torch.cdist(x, y),
    shapes: [
      [2, 3],
      [3, 3],
    ],
  },
  trace: { of: (x) => x.trace(), shapes: [[3, 3]] },
  inv: { of: (x) => torch.linalg.inv(x), shapes: [[3, 3]], from: regular, twice: true },
  det: { of: (x) => torch.linalg.det(x), shapes: [[2, 3, 3]], from: regular, twice: true },
  slogdet: { of: (x) => torch.linalg.slogdet(x).logabsdet, shapes: [[3, 3]], from: regular },
  solve: {
    of: (x, y) => torch.linalg.solve(x, y),
    shapes: [
      [3, 3],
      [3, 3],
    ],
    from: regular,
  },
  pinv: { of: (x) => torch.linalg.pinv(x), shapes: [[3, 3]], from: regular },
  matrixExp: { of: (x) => torch.linalg.matrixExp(x), shapes: [[2, 2]] },
  matrixPower: { of: (x) => torch.linalg.matrixPower(x, 3), shapes: [[2, 2]] },
  cholesky: {
    of: (x) => torch.linalg.cholesky(symmetric(x)),
    shapes: [[3, 3]],
    from: regular,
  },
  qr: { of: (x) => torch.linalg.qr(x).R, shapes: [[3, 3]], from: regular },
  eigvalsh: { of: (x) => torch.linalg.eigvalsh(symmetric(x)), shapes: [[3, 3]] },
  svdvals: { of: (x) => torch.linalg.svdvals(x), shapes: [[3, 2]] },
  'norm of matrices': { of: (x) => torch.linalg.matrixNorm(x, 'nuc'), shapes: [[3, 2]] },
  'norm of vectors': { of: (x) => torch.linalg.vectorNorm(x, 3, 1), shapes: [[2, 3]] },
  'real FFT': { of: (x) => torch.viewAsReal(torch.fft.rfft(x)), shapes: [[2, 4]] },
});

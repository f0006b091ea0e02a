import { Generator } from '../generator.js';
import { operators } from '../operators.js';
import type { Tensor } from '../tensor.js';

/** What the gradient depends on: a symmetric matrix, some of its eigenvalues and eigenvectors. */
interface Eigenpairs {
  A: Tensor;
  D: Tensor;
  U: Tensor;
  largest: boolean;
}

/** The gradient of A within the space that the eigenvectors span. */
function withinSpace({ D, U }: Eigenpairs, gradD: Tensor, gradU: Tensor): Tensor {
  const { torch } = operators;
  const differences = D.unsqueeze(-2).sub(D.unsqueeze(-1));
  differences.diagonal(0, -2, -1).fill_(Number.POSITIVE_INFINITY);
  differences.pow_(-1);
  const transposed = U.mT.contiguous();
  const inner = torch.diagEmbed(gradD).add(transposed.matmul(gradU).mul(differences));
  return U.matmul(inner.matmul(transposed));
}

/** The coefficients, from the constant to the leading 1, of the polynomial with these roots. */
function polynomialOf(roots: Tensor): Tensor {
  const degree = roots.size(-1);
  let coefficients = roots.newZeros([...roots.shape.slice(0, -1), degree + 2]);
  coefficients.select(-1, 0).fill_(1);
  coefficients.select(-1, -1).fill_(1);
  for (let i = 1; i <= degree; i++) {
    const next = roots.requiresGrad ? coefficients.clone() : coefficients;
    const shifted = coefficients.narrow(-1, degree - i + 1, i + 1);
    next.narrow(-1, degree - i, i + 1).sub_(roots.narrow(-1, i - 1, 1).mul(shifted));
    coefficients = next;
  }
  return coefficients.narrow(-1, 1, degree + 1);
}

/** Horner's rule, from the coefficient before the leading one down to the constant. */
function horner(
  polynomial: Tensor,
  one: Tensor,
  next: (value: Tensor, coefficient: Tensor) => Tensor,
): Tensor {
  let value = one.clone();
  for (let k = polynomial.size(-1) - 2; k >= 0; k--) value = next(value, polynomial.select(-1, k));
  return value;
}

const atVector = (polynomial: Tensor, x: Tensor) =>
  horner(polynomial, x.newOnes([1]).expand(x.shape), (value, coefficient) =>
    operators.torch.addcmul(coefficient.unsqueeze(-1), x, value),
  );

function atMatrix(polynomial: Tensor, x: Tensor): Tensor {
  const size = x.size(-1);
  const one = operators.torch
    .eye(size, size, { dtype: x.dtype, device: x.device })
    .view([...x.shape.slice(0, -2).map(() => 1), size, size]);
  return horner(polynomial, one, (value, coefficient) => {
    const result = x.matmul(value);
    result.diagonal(0, -2, -1).add_(coefficient.unsqueeze(-1));
    return result;
  });
}

/**
 * The gradient of A where only some eigenvectors are known: what lies outside of their space is the
 * solution X of the Sylvester equation A X - X D = its part of the gradient, which the
 * characteristic polynomial of D turns into a system with one positive definite matrix.
 */
function beyondSpace(pairs: Eigenpairs, gradD: Tensor, gradU: Tensor): Tensor {
  const { torch, linalg } = operators;
  const { A, D, U, largest } = pairs;
  const transposed = U.mT.contiguous();
  const projection = U.matmul(transposed).neg();
  projection.diagonal(0, -2, -1).add_(1);
  // Any basis of the complement does; one of the default generator would move the user's seed.
  const random = torch.randn([...A.shape.slice(0, -1), A.size(-1) - D.size(-1)], {
    dtype: A.dtype,
    device: A.device,
    generator: new Generator(A.device),
  });
  const complement = projection.matmul(random);
  const complementT = complement.mT.contiguous();
  const polynomial = polynomialOf(D);
  const degree = polynomial.size(-1) - 1;
  let projected = gradU;
  const series = torch.zerosLike(gradU);
  for (let k = 1; k <= degree; k++) {
    const value = atVector(polynomial.narrow(-1, k, degree + 1 - k), D);
    series.add_(projected.mul(value.unsqueeze(-2)));
    projected = A.matmul(projected);
  }
  const sign = largest && degree % 2 === 1 ? -1 : 1;
  const system = complementT.matmul(atMatrix(polynomial, A).matmul(complement));
  const factor = linalg.cholesky(system.mul(sign));
  const solution = torch.choleskySolve(complementT.matmul(series), factor).mul(sign);
  return withinSpace(pairs, gradD, gradU).sub_(complement.matmul(solution).matmul(transposed));
}

/** The gradient of a symmetric matrix for those of its eigenvalues and eigenvectors. */
export function symmetricGradient(pairs: Eigenpairs, gradD: Tensor, gradU: Tensor): Tensor {
  const isComplete = pairs.U.size(-1) === pairs.U.size(-2);
  return (isComplete ? withinSpace : beyondSpace)(pairs, gradD, gradU);
}

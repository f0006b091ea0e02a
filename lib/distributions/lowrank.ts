import { ValueError } from '../errors.js';
import { operators } from '../operators.js';
import type { Tensor } from '../tensor.js';
import { checkTensor } from './utils.js';

/** Solves with a lower triangular matrix. @internal */
export const solveTriangular = (matrix: Tensor, right: Tensor): Tensor =>
  operators.linalg.solveTriangular(matrix, right, { upper: false });

/** A batch of matrices times a batch of vectors. @internal */
export const batchMv = (matrix: Tensor, vector: Tensor): Tensor =>
  matrix.matmul(vector.unsqueeze(-1)).squeeze(-1);

/** The logarithms of the diagonals of Cholesky factors, summed. @internal */
export const halfLogDet = (lower: Tensor): Tensor => lower.diagonal(0, -2, -1).log().sum(-1);

/**
 * The squared Mahalanobis distance of vectors by the Cholesky factor of the covariance. The
 * batches are broadcast without repeating the factor.
 *
 * @internal
 */
export function batchMahalanobis(lower: Tensor, vectors: Tensor): Tensor {
  const n = vectors.size(-1);
  const batch = vectors.shape.slice(0, -1);
  const inner = lower.dim() - 2;
  const outer = batch.length - inner;
  const outerDims = Array.from({ length: outer }, (_, i) => i);
  // Each dimension of the batch as (how often the factor's is repeated, the factor's own).
  const split = lower.shape
    .slice(0, -2)
    .flatMap((size, i) => [(batch[outer + i] as number) / size, size]);
  const parted = vectors.reshape([...batch.slice(0, outer), ...split, n]);
  const repeats = Array.from({ length: inner }, (_, i) => outer + 2 * i);
  const own = repeats.map((dim) => dim + 1);
  const moved = parted.permute([...outerDims, ...repeats, ...own, outer + 2 * inner]);
  const flatLower = lower.reshape([-1, n, n]);
  const flat = moved.reshape([-1, flatLower.size(0), n]).permute([1, 2, 0]);
  const distances = solveTriangular(flatLower, flat).pow(2).sum(-2).t();
  const back = Array.from({ length: inner }, (_, i) => [outer + i, outer + inner + i]).flat();
  return distances
    .reshape(moved.shape.slice(0, -1))
    .permute([...outerDims, ...back])
    .reshape(batch);
}

/** The Cholesky factor of the inverse of a positive definite matrix. @internal */
export function precisionToScaleTril(precision: Tensor): Tensor {
  const flipped = operators.linalg.cholesky(precision.flip([-2, -1]));
  const inverse = flipped.flip([-2, -1]).transpose(-2, -1);
  const { dtype, device } = precision;
  return solveTriangular(inverse, operators.torch.eye(precision.size(-1), { dtype, device }));
}

interface Matrices {
  covarianceMatrix: Tensor | null;
  precisionMatrix: Tensor | null;
  scaleTril: Tensor | null;
}

/** The one of the three that is given. @internal */
export function givenMatrix(
  where: string,
  matrices: Matrices,
): [name: keyof Matrices, matrix: Tensor] {
  const given = Object.entries(matrices).filter(([, matrix]) => matrix !== null);
  if (given.length !== 1) {
    throw new ValueError(
      `${where}: exactly one of covarianceMatrix, precisionMatrix and scaleTril must be given`,
    );
  }
  const [name, matrix] = given[0] as [keyof Matrices, Tensor];
  checkTensor(where, name, matrix);
  if (matrix.dim() < 2) {
    throw new ValueError(`${where}: ${name} must be a matrix, or a batch of them`);
  }
  return [name, matrix];
}

/** The Cholesky factor of the covariance, out of what was given. @internal */
export function lowerFactor(name: keyof Matrices, matrix: Tensor): Tensor {
  if (name === 'scaleTril') return matrix;
  if (name === 'covarianceMatrix') return operators.linalg.cholesky(matrix);
  return precisionToScaleTril(matrix);
}

/** `W.T / D`, for a factor and a diagonal. @internal */
export const scaledTranspose = (factor: Tensor, diag: Tensor): Tensor =>
  factor.mT.div(diag.unsqueeze(-2));

/** The Cholesky factor of `I + W.T @ inv(D) @ W`. @internal */
export function batchCapacitanceTril(factor: Tensor, diag: Tensor): Tensor {
  return operators.linalg.cholesky(plusIdentity(scaledTranspose(factor, diag).matmul(factor)));
}

/** A square matrix with 1 added to its diagonal. @internal */
export function plusIdentity(matrix: Tensor): Tensor {
  const { dtype, device } = matrix;
  return matrix.add(operators.torch.eye(matrix.size(-1), { dtype, device }));
}

/** The logarithm of the determinant of `W @ W.T + D`. @internal */
export const batchLowrankLogdet = (_factor: Tensor, diag: Tensor, capacitance: Tensor): Tensor =>
  halfLogDet(capacitance).mul(2).add(diag.log().sum(-1));

/** The squared Mahalanobis distance by the covariance `W @ W.T + D`. @internal */
export function batchLowrankMahalanobis(
  factor: Tensor,
  diag: Tensor,
  vectors: Tensor,
  capacitance: Tensor,
): Tensor {
  const projected = batchMv(scaledTranspose(factor, diag), vectors);
  return vectors.pow(2).div(diag).sum(-1).sub(batchMahalanobis(capacitance, projected));
}

/** The trace of `M @ M.T`. @internal */
export function batchTraceXXT(matrix: Tensor): Tensor {
  return matrix
    .reshape([...matrix.shape.slice(0, -2), -1])
    .pow(2)
    .sum(-1);
}

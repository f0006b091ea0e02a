import { tensor } from '../creation.js';
import { ValueError } from '../errors.js';
import { broadcastTensors } from '../functional/shapes.js';
import { enableGrad } from '../grad-mode.js';
import { operators } from '../operators.js';
import { getDefaultDtype } from '../runtime.js';
import { Tensor } from '../tensor.js';
import { finfo } from '../type-info.js';
import type { Size } from '../types.js';

/** A parameter of a distribution: a tensor of one for each of a batch, or a number for all. */
export type Param = Tensor | number;

/** Euler's constant, as PyTorch has it. @internal */
export const EULER = 0.5772156649015329;

/** The values as tensors of one shape: numbers take the dtype of the first tensor. @internal */
export function broadcastAll(...values: readonly Param[]): Tensor[] {
  for (const value of values) {
    if (!(value instanceof Tensor) && typeof value !== 'number') {
      throw new ValueError(`parameters must be Tensors or numbers, got ${typeof value}`);
    }
  }
  const first = values.find((value) => value instanceof Tensor) as Tensor | undefined;
  const options = first
    ? { dtype: first.dtype, device: first.device }
    : { dtype: getDefaultDtype() };
  const tensors = values.map((value) => (value instanceof Tensor ? value : tensor(value, options)));
  return broadcastTensors(...tensors);
}

/** The shape of a batch of parameters: none where all are numbers. @internal */
export function batchShapeOf(tensor: Tensor, ...given: readonly Param[]): readonly number[] {
  return given.every((value) => typeof value === 'number') ? [] : tensor.shape;
}

/** A number less a tensor. @internal */
export const rsub = (left: number, right: Tensor): Tensor => operators.torch.rsub(right, left);

/** Standard normal numbers, drawn as PyTorch's distributions do. @internal */
export function standardNormal(shape: Size, like: Tensor): Tensor {
  return operators.torch.empty([...shape], { dtype: like.dtype, device: like.device }).normal_();
}

/** Uniform numbers in [0, 1). @internal */
export function uniform(shape: Size, like: Tensor): Tensor {
  return operators.torch.rand([...shape], { dtype: like.dtype, device: like.device });
}

/** A tensor of one number, in the dtype and on the device of another. @internal */
export function filled(shape: Size, value: number, like: Tensor): Tensor {
  return operators.torch.full([...shape], value, { dtype: like.dtype, device: like.device });
}

/** Sums the last `count` dimensions. @internal */
export function sumRightmost(value: Tensor, count: number): Tensor {
  if (count === 0) return value;
  return value.reshape([...value.shape.slice(0, -count), -1]).sum(-1);
}

/** Probabilities of log odds, or of unnormalized logarithms in the last dimension. @internal */
export function logitsToProbs(logits: Tensor, isBinary = false): Tensor {
  return isBinary ? logits.sigmoid() : logits.softmax(-1);
}

/** Probabilities within what their dtype tells from 0 and 1. @internal */
export function clampProbs(probs: Tensor): Tensor {
  const { eps } = finfo(probs.dtype);
  return probs.clamp(eps, 1 - eps);
}

/** The inverse of {@link logitsToProbs}. @internal */
export function probsToLogits(probs: Tensor, isBinary = false): Tensor {
  const clamped = clampProbs(probs);
  return isBinary ? clamped.log().sub(clamped.neg().log1p()) : clamped.log();
}

/** Gives an object a property of its own, as a parameter that was passed. @internal */
export function give(owner: object, name: string, value: unknown): void {
  Object.defineProperty(owner, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

/** Whether a property was passed, and not computed. @internal */
export const isGiven = (owner: object, name: string): boolean =>
  Object.prototype.propertyIsEnumerable.call(owner, name);

/** Computes a property at its first reading, with gradients, and keeps it. @internal */
export function lazy<T>(owner: object, name: string, compute: () => T): T {
  const value = enableGrad(compute);
  Object.defineProperty(owner, name, { value, enumerable: false, configurable: true });
  return value;
}

/** Throws unless exactly one of the two is given. @internal */
export function checkEither(where: string, probs: unknown, logits: unknown): void {
  if ((probs === null) === (logits === null)) {
    throw new ValueError(`${where}: either probs or logits must be given, and not both`);
  }
}

/** Throws for what must be a tensor and is none. @internal */
export function checkTensor(where: string, name: string, value: unknown): void {
  if (!(value instanceof Tensor)) {
    throw new TypeError(
      `${where}: ${name} must be a Tensor, got ${value === null ? 'null' : typeof value}`,
    );
  }
}

/** Python's `tensor[..., mask]` for the lower triangle, in row order. @internal */
export function trilMatrixToVec(matrix: Tensor, diagonal = 0): Tensor {
  return matrix.index('...', lowerMask(matrix, matrix.size(-1), diagonal));
}

/** A lower triangular matrix of a vector that holds its elements in row order. @internal */
export function vecToTrilMatrix(vector: Tensor, diagonal = 0): Tensor {
  const length = vector.size(-1);
  const slope = 1 + 2 * diagonal;
  const exact =
    (-slope + Math.sqrt(slope ** 2 + 8 * length + 4 * Math.abs(diagonal) * (diagonal + 1))) / 2;
  const size = Math.round(exact);
  if (Math.abs(size - exact) > finfo(vector.dtype).eps) {
    throw new ValueError(
      `the last dimension has size ${length}, which is not that of a lower triangle of a square matrix`,
    );
  }
  const matrix = vector.newZeros([...vector.shape.slice(0, -1), size, size]);
  return matrix.indexPut_(['...', lowerMask(vector, size, diagonal)], vector);
}

function lowerMask(like: Tensor, size: number, diagonal: number): Tensor {
  const numbers = operators.torch.arange(size, { device: like.device });
  return numbers.lt(numbers.view(-1, 1).add(diagonal + 1));
}

/** The loss of log odds against targets, element by element. @internal */
export function binaryCrossEntropyWithLogits(logits: Tensor, target: Tensor): Tensor {
  return operators.torch.binaryCrossEntropyWithLogits(logits, target, { reduction: 0 });
}

/** As many ones as a batch has dimensions: for values that are given once for all. @internal */
export function alongBatch(values: Tensor, batchShape: Size, expand: boolean): Tensor {
  const once = values.view([-1, ...batchShape.map(() => 1)]);
  return expand ? once.expand([-1, ...batchShape]) : once;
}

/** `log(1 + exp(x))`. @internal */
export const softplus = (x: Tensor): Tensor => operators.nn.softplus(x);

/** `-log(1 + exp(-x))`. @internal */
export const logsigmoid = (x: Tensor): Tensor => operators.nn.logSigmoid(x);

import { TorchError } from '../errors.js';
import { isHandle, requiredId } from '../handle.js';
import { native } from '../native.js';
import type { Tensor } from '../tensor.js';

/** One tensor or several. */
export type Tensors = Tensor | readonly Tensor[];

/** For each output the gradient with respect to it; null where it has one element. */
export type Gradients = Tensor | readonly (Tensor | null)[] | null;

function isTensor(value: unknown): value is Tensor {
  return typeof value === 'object' && value !== null && isHandle(value);
}

/** The tensors as an array. @internal */
export function tensorList(where: string, tensors: Tensors): readonly Tensor[] {
  const all = isTensor(tensors) ? [tensors] : tensors;
  if (!Array.isArray(all) || !all.every(isTensor)) {
    throw new TypeError(`${where} must be a Tensor or an array of Tensors`);
  }
  return all;
}

/** Throws where libtorch alone would sum a larger gradient up to the output's shape. */
function checkGradient(output: Tensor, gradient: Tensor, index: number): void {
  const sizes = native.sizes(requiredId(output));
  const given = native.sizes(requiredId(gradient));
  if (sizes.length !== given.length || sizes.some((size, dim) => size !== given[dim])) {
    throw new TorchError(
      `gradient ${index} has shape [${given.join(', ')}], and its tensor [${sizes.join(', ')}]`,
    );
  }
  if (output.dtype.isComplex !== gradient.dtype.isComplex) {
    throw new TorchError(
      `gradient ${index} is of ${gradient.dtype}, and its tensor of ${output.dtype}: both must be complex, or both real`,
    );
  }
}

/** The ids of the outputs' gradients, 0 for those that are left out. @internal */
export function gradientIds(
  where: string,
  outputs: readonly Tensor[],
  gradients: Gradients,
): number[] {
  if (gradients === null || gradients === undefined) return [];
  const all = isTensor(gradients) ? [gradients] : gradients;
  return Array.from(all, (gradient, index) => {
    if (gradient === null || gradient === undefined) return 0;
    if (!isTensor(gradient)) throw new TypeError(`${where} must be Tensors or null`);
    const output = outputs[index];
    if (output) checkGradient(output, gradient, index);
    return requiredId(gradient);
  });
}

/** Throws for inputs that nothing can be differentiated with respect to. @internal */
export function checkRequiresGrad(where: string, inputIds: readonly number[]): void {
  const without = inputIds.findIndex((id) => !native.requiresGrad(id));
  if (without >= 0) throw new TorchError(`${where}: input ${without} does not require grad`);
}

/** The ids of the leaves whose gradients are wanted; none means all. @internal */
export function leafIds(inputs: Tensors | undefined): number[] {
  if (inputs === undefined || inputs === null) return [];
  const ids = tensorList('backward(): inputs', inputs).map(requiredId);
  if (ids.length === 0) throw new TorchError('backward(): inputs cannot be empty');
  checkRequiresGrad('backward()', ids);
  return ids;
}

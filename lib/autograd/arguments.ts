import { TorchError } from '../errors.js';
import { isHandle, requiredId } from '../handle.js';
import { native, type Target } from '../native.js';
import type { Tensor } from '../tensor.js';
import { GradientEdge } from './gradient-edge.js';
import { nodeId } from './node.js';

/** One tensor or several, or edges of the graph in their place. */
export type Tensors = Tensor | GradientEdge | readonly (Tensor | GradientEdge)[];

/** For each output the gradient with respect to it; null where it has one element. */
export type Gradients = Tensor | readonly (Tensor | null)[] | null;

/** @internal */
export function isTensor(value: unknown): value is Tensor {
  return typeof value === 'object' && value !== null && isHandle(value);
}

/** The tensors as an array. @internal */
export function tensorList(where: string, tensors: Tensors): readonly (Tensor | GradientEdge)[] {
  const isTarget = (value: unknown) => isTensor(value) || value instanceof GradientEdge;
  const all = isTarget(tensors) ? [tensors] : tensors;
  if (!Array.isArray(all) || !all.every(isTarget)) {
    throw new TypeError(`${where} must be a Tensor or an array of Tensors`);
  }
  return all;
}

/** Tensors and edges as native code takes them. @internal */
export function targets(list: readonly (Tensor | GradientEdge)[]): Target[] {
  return list.map((one) =>
    one instanceof GradientEdge ? [nodeId(one.node), one.outputNr] : requiredId(one),
  );
}

/** Throws where libtorch alone would sum a larger gradient up to the output's shape. */
function checkGradient(output: Tensor | GradientEdge, gradient: Tensor, index: number): void {
  if (output instanceof GradientEdge) return;
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
  outputs: readonly (Tensor | GradientEdge)[],
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
export function checkRequiresGrad(where: string, inputs: readonly (Tensor | GradientEdge)[]): void {
  const without = inputs.findIndex(
    (input) => isTensor(input) && !native.requiresGrad(requiredId(input)),
  );
  if (without >= 0) throw new TorchError(`${where}: input ${without} does not require grad`);
}

/** The leaves whose gradients are wanted; none means all. @internal */
export function leafTargets(inputs: Tensors | undefined): Target[] {
  if (inputs === undefined || inputs === null) return [];
  const list = tensorList('backward(): inputs', inputs);
  if (list.length === 0) throw new TorchError('backward(): inputs cannot be empty');
  checkRequiresGrad('backward()', list);
  return targets(list);
}

import { TorchError } from '../errors.js';
import { operators } from '../operators.js';
import type { Tensor } from '../tensor.js';
import { isTensor } from './arguments.js';
import { grad } from './grad.js';

/** What a function takes or returns: a Tensor, or an array of them. */
export type TensorOrTensors = Tensor | readonly Tensor[];

/** A Tensor in the place of each Tensor. */
export type Same<T> = T extends readonly unknown[]
  ? { -readonly [Index in keyof T]: Tensor }
  : Tensor;

/** Gradients, null for what does not depend on the input. */
export type Gradients = readonly (Tensor | null)[];

/** The tensors as an array, and whether they were one. @internal */
export function tuple(value: unknown, what: string, where: string): [boolean, Tensor[]] {
  const isTuple = Array.isArray(value);
  const all: unknown[] = isTuple ? value : [value];
  for (const [i, item] of all.entries()) {
    if (isTensor(item)) continue;
    const which = isTuple ? `value at index ${i}` : `given ${what}`;
    throw new TypeError(
      `the ${what} given to ${where} must be either a Tensor or an array of Tensors but the ${which} is of type ${item === null ? null : typeof item}`,
    );
  }
  return [isTuple, all as Tensor[]];
}

/** The opposite of `tuple`. @internal */
export function untuple<T>(values: readonly T[], isTuple: boolean): T | readonly T[] {
  return isTuple ? values : (values[0] as T);
}

/**
 * The inputs as tensors of their own, so that those that the function has captured are told apart.
 * @internal
 */
export function preprocess(inputs: Tensor[], createGraph: boolean, needGraph: boolean): Tensor[] {
  return inputs.map((input) => {
    if (createGraph && input.requiresGrad) {
      return input.isSparse ? input.clone() : input.viewAs(input);
    }
    return input.detach().requiresGrad_(needGraph);
  });
}

/** Without history, where none was asked for. @internal */
export function postprocess(tensors: readonly Tensor[], createGraph: boolean): Tensor[] {
  return tensors.map((tensor) => (createGraph ? tensor : tensor.detach()));
}

/** Throws where `v` has not the shapes of `other`. @internal */
export function checkVector(
  v: readonly Tensor[],
  other: readonly Tensor[],
  isTuple: boolean,
): void {
  if (v.length !== other.length) {
    throw new TorchError(
      isTuple
        ? `v is an array of invalid length: should be ${other.length} but got ${v.length}`
        : 'the given v should contain a single Tensor',
    );
  }
  for (const [i, one] of v.entries()) {
    const [given, wanted] = [one.shape, (other[i] as Tensor).shape];
    if (`${given}` === `${wanted}`) continue;
    throw new TorchError(
      `${isTuple ? `entry ${i} in ` : ''}v has invalid size: should be [${wanted.join(', ')}] but got [${given.join(', ')}]`,
    );
  }
}

/** What strict mode says of a tensor that requires no gradient. */
const independent = {
  outputs: (i: number) =>
    `output ${i} of the user-provided function does not require gradients: the outputs must be computed in a differentiable manner from the input when running in strict mode`,
  gradInputs: (i: number) =>
    `the gradient with respect to input ${i} is independent of the inputs of the user-provided function, which is not allowed in strict mode`,
  jacobian: (i: number) =>
    `while computing the hessian, found that the jacobian of the user-provided function with respect to input ${i} is independent of the input, which is not allowed in strict mode: the function must be twice differentiable and its jacobian depend on the inputs, as that of a linear function does not`,
  hessian: (i: number) =>
    `the hessian of the user-provided function with respect to input ${i} is independent of the input, which is not allowed in strict mode: the function must be thrice differentiable and its hessian depend on the inputs`,
};

/** Throws in strict mode where a tensor requires no gradient. @internal */
export function checkRequiresGrad(
  tensors: Gradients,
  kind: keyof typeof independent,
  strict: boolean,
): void {
  if (!strict) return;
  for (const [i, tensor] of tensors.entries()) {
    if (tensor === null) {
      throw new TorchError(
        `the output of the user-provided function is independent of input ${i}, which is not allowed in strict mode`,
      );
    }
    if (!tensor.requiresGrad) throw new TorchError(independent[kind](i));
  }
}

/** As `autograd.grad`, for outputs of which some are null or require no gradient. @internal */
export function gradients(
  outputs: Gradients,
  inputs: readonly Tensor[],
  gradOutputs: Gradients | null,
  options: { createGraph?: boolean; retainGraph?: boolean; isGradsBatched?: boolean },
): Gradients {
  if (gradOutputs && gradOutputs.length !== outputs.length) {
    throw new TorchError(`got ${outputs.length} outputs and ${gradOutputs.length} gradients`);
  }
  const which = outputs.flatMap((output, i) => (output?.requiresGrad ? [i] : []));
  if (which.length === 0) return inputs.map(() => null);
  return grad(
    which.map((i) => outputs[i] as Tensor),
    inputs,
    { ...options, gradOutputs: which.map((i) => gradOutputs?.[i] ?? null), allowUnused: true },
  );
}

/** Which of the derivatives a gradient belongs to, for messages. */
export type Stage = 'back' | 'backTrick' | 'doubleBack' | 'doubleBackTrick';

const missing: Record<Stage, (i: number) => string> = {
  back: (i) => `the output of the user-provided function is independent of input ${i}`,
  backTrick: (i) =>
    `the gradient with respect to the input is independent of entry ${i} in the gradOutputs when using the double backward trick to compute forward mode gradients`,
  doubleBack: (i) => `the jacobian of the user-provided function is independent of input ${i}`,
  doubleBackTrick: (i) =>
    `the hessian of the user-provided function is independent of entry ${i} in the gradJacobian`,
};

/** Zeros for null gradients; in strict mode an error. @internal */
export function fillInZeros(
  grads: Gradients,
  like: readonly Tensor[],
  strict: boolean,
  createGraph: boolean,
  stage: Stage,
): Tensor[] {
  return grads.map((gradient, i) => {
    if (gradient === null) {
      if (strict) throw new TorchError(`${missing[stage](i)}, which is not allowed in strict mode`);
      return operators.torch.zerosLike(like[i] as Tensor);
    }
    if (strict && createGraph && !gradient.requiresGrad) {
      const what = stage.startsWith('double') ? 'hessian' : 'jacobian';
      throw new TorchError(
        `the ${what} of the user-provided function is independent of input ${i}, which is not allowed in strict mode when createGraph is set`,
      );
    }
    return gradient;
  });
}

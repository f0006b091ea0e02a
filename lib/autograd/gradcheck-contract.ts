import { TorchError } from '../errors.js';
import { jvp } from '../func/jvp.js';
import { vmap } from '../func/vmap.js';
import { requiredId } from '../handle.js';
import { native } from '../native.js';
import { operators } from '../operators.js';
import type { Tensor } from '../tensor.js';
import { isTensor } from './arguments.js';
import * as forwardAd from './forward-ad.js';
import type { Gradients } from './functional-support.js';
import { grad } from './grad.js';
import { contiguousZeros, dualInputs, GradcheckError } from './gradcheck-analytical.js';
import type { Subject } from './gradcheck-modes.js';
import {
  asTuple,
  checkedInputs,
  isDifferentiable,
  outputsWithGradient,
} from './gradcheck-numerical.js';
import { dense, isSparse } from './gradcheck-sparse.js';
import { gradientsOf } from './node.js';

/** Forward mode must give the same for a tangent of zeros as for none. */
export function checkUndefinedTangents({ func, inputs }: Subject): void {
  const [indices] = checkedInputs(inputs);
  forwardAd.dualLevel(() => {
    const [duals, tangents] = dualInputs(inputs);
    for (const tangent of tangents) tangent.copy_(operators.torch.randLike(tangent));
    const run = (index: number, input: Tensor) =>
      asTuple(func(...duals.with(index, input)))
        .filter(isDifferentiable)
        .map((output) => forwardAd.unpackDual(output).tangent);
    for (const index of indices) {
      const input = inputs[index] as Tensor;
      const zeros = operators.torch.zerosLike(input);
      const withZeros = run(index, forwardAd.makeDual(input.detach(), zeros));
      for (const [o, without] of run(index, input.detach()).entries()) {
        const expected = withZeros[o];
        if (!without || !expected || operators.torch.allclose(expected, without)) continue;
        throw new GradcheckError(
          `mismatch in tangent values for output with index ${o} when input ${index} has an undefined tangent value: got ${expected} but expected ${without}`,
        );
      }
    }
  });
}

function zeroGradients(outputs: readonly Tensor[], inputs: readonly Tensor[]): Gradients {
  const gradOutputs = outputs.map(contiguousZeros);
  return grad(outputs, inputs, { gradOutputs, allowUnused: true });
}

/** A gradient that is not dense must be sparse as its input is. */
function checkLayout(gradient: Tensor, input: Tensor): void {
  if (!isSparse(gradient)) return;
  if (gradient.layout !== input.layout) {
    throw new GradcheckError(
      `grad is incorrect layout (${gradient.layout} is not ${input.layout})`,
    );
  }
  const kind = gradient.layout.name.replace('_coo', '');
  for (const [name, found, expected] of [
    ['sparse_dim', gradient.sparseDim(), input.sparseDim()],
    ['dense_dim', gradient.denseDim(), input.denseDim()],
  ]) {
    if (found === expected) continue;
    throw new GradcheckError(
      `grad is ${kind} tensor, but has incorrect ${name} ${found}, expected ${expected}`,
    );
  }
}

/** Backward must give zeros for zeros. */
export function checkMultiplied({ outputs, inputs }: Subject, masked: boolean): void {
  const [, tensors] = checkedInputs(inputs);
  for (const [i, found] of zeroGradients(outputs, tensors).entries()) {
    if (!found) continue;
    const input = tensors[i] as Tensor;
    checkLayout(found, input);
    const gradient = dense(found);
    const isZero = masked
      ? operators.torch.allclose(gradient, operators.torch.zerosLike(gradient))
      : gradient.eq(0).all().item();
    if (!isZero) {
      throw new GradcheckError('backward not multiplied by grad_output');
    }
    if (gradient.dtype !== input.dtype) throw new GradcheckError('grad is incorrect type');
    if (`${gradient.device}` !== `${input.device}`) {
      throw new GradcheckError('grad is incorrect device');
    }
    if (`${gradient.shape}` !== `${input.shape}`) {
      throw new GradcheckError('grad is incorrect size');
    }
  }
}

/** Backward must take null for zeros: for all outputs, and for each of several. */
export function checkUndefinedGradients({ func, inputs }: Subject): void {
  const [, tensors] = checkedInputs(inputs);
  const undefinedGrad = (output: Tensor) =>
    gradientsOf(native.undefinedGrad(requiredId(output)))[0] as Tensor;
  const check = (isUndefined: (index: number) => boolean) => {
    const outputs = outputsWithGradient(func(...inputs)).map((output, i) =>
      isUndefined(i) ? undefinedGrad(output) : output,
    );
    let gradients: Gradients;
    try {
      gradients = zeroGradients(outputs, tensors);
    } catch (cause) {
      if (!(cause instanceof TorchError)) throw cause;
      throw new GradcheckError(
        'expected backward function to handle undefined output grads: null for a gradient stands for zeros; with checkUndefinedGrad: false this is not checked',
        { cause },
      );
    }
    const isZero = (gradient: Tensor | null) =>
      !gradient || Boolean(dense(gradient).eq(0).all().item());
    if (gradients.every(isZero)) return outputs;
    throw new GradcheckError(
      'expected all input grads to be undefined or zero when all output grads are undefined or zero; with checkUndefinedGrad: false this is not checked',
    );
  };
  const outputs = check(() => true);
  if (outputs.length > 1) for (const index of outputs.keys()) check((i) => i === index);
}

/** Backward must give the same for two gradients at once as for one after the other. */
export function checkBatched({ outputs, inputs }: Subject): void {
  const [, tensors] = checkedInputs(inputs);
  for (const [o, output] of outputs.entries()) {
    const options = { retainGraph: true, allowUnused: true };
    const vectors = [0, 1].map(() => operators.torch.randnLike(output).detach());
    const each = vectors.map((gradOutputs): Gradients => {
      return grad(output, tensors, { ...options, gradOutputs });
    });
    let all: Gradients;
    try {
      const gradOutputs = operators.torch.stack(vectors);
      all = grad(output, tensors, { ...options, gradOutputs, isGradsBatched: true });
    } catch (cause) {
      if (!(cause instanceof TorchError)) throw cause;
      throw new GradcheckError(`While computing batched gradients, got: ${cause.message}`, {
        cause,
      });
    }
    for (const [i, found] of all.entries()) {
      const like = tensors[i] as Tensor;
      const orZeros = (one: Tensor | null | undefined) => one ?? operators.torch.zerosLike(like);
      const expected = operators.torch.stack(each.map((gradients) => orZeros(gradients[i])));
      const result = found ?? operators.torch.zerosLike(expected);
      if (operators.torch.allclose(result, expected)) continue;
      throw new GradcheckError(
        `For output ${o} and input ${i}:\n\nbatched gradients, as torch.vmap computes them, differ from those one by one.\n\nGot:\n${result}\n\nExpected:\n${expected}`,
      );
    }
  }
}

/** Forward mode must give the same for two tangents at once as for one after the other. */
export function checkBatchedForward({ func, inputs }: Subject): void {
  const { torch } = operators;
  const [indices] = checkedInputs(inputs);
  const detached = inputs.map((input) => (isTensor(input) ? input.detach() : input));
  for (const index of indices) {
    const run = (input: unknown) => asTuple(func(...detached.with(index, input)));
    const tangentsOf = (tangent: Tensor) =>
      jvp(
        (input) => run(input).filter(isDifferentiable),
        [detached[index] as Tensor],
        [tangent],
      )[1] as Tensor[];
    const tangents = [0, 1].map(() => torch.randnLike(inputs[index] as Tensor).detach());
    const each = tangents.map(tangentsOf);
    let all: Tensor[];
    try {
      all = vmap(tangentsOf)(torch.stack(tangents)) as Tensor[];
    } catch (cause) {
      if (!(cause instanceof TorchError)) throw cause;
      throw new GradcheckError(`While computing batched gradients, got: ${cause.message}`, {
        cause,
      });
    }
    for (const [o, found] of all.entries()) {
      const expected = torch.stack(each.map((outputs) => outputs[o] as Tensor));
      if (torch.allclose(found, expected)) continue;
      throw new GradcheckError(
        `For output ${o} and input ${index}:\n\nbatched gradients of forward mode, as torch.vmap computes them, differ from those one by one.\n\nGot:\n${found}\n\nExpected:\n${expected}`,
      );
    }
  }
}

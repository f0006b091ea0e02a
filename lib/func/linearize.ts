import { TorchError } from '../errors.js';
import { enableGrad, isGradEnabled } from '../grad-mode.js';
import { requiredId } from '../handle.js';
import { native } from '../native.js';
import { operators } from '../operators.js';
import type { Tensor } from '../tensor.js';
import { treeLeaves, treeUnflatten } from '../utils/pytree.js';
import { gradients } from './grad.js';
import {
  type AnyFunction,
  checkFunction,
  flattenTensors,
  withoutInferenceMode,
} from './nesting.js';
import { pullback } from './vjp.js';

/** Throws for a tangent that its primal does not fit. */
function checkTangent(tangent: Tensor, primal: Tensor, index: number): void {
  for (const what of ['shape', 'dtype', 'device'] as const) {
    if (String(tangent[what]) !== String(primal[what])) {
      throw new TorchError(
        `jvpFn(): tangent ${index} has ${what} ${tangent[what]}, and its primal ${primal[what]}`,
      );
    }
  }
}

/**
 * The output of `func`, and its linear approximation: the function that computes the
 * Jacobian-vector product at `primals` without running `func` again. Pays where there are several
 * directions; for one, {@link jvp} is cheaper.
 *
 * The gradient is linear in the gradient of the output, and what is returned differentiates it
 * once more: the operators of `func` must be twice differentiable, and need no forward-mode
 * derivative.
 *
 * @param func Returns a Tensor, or a structure of Tensors.
 * @param primals The arguments of `func`: Tensors, or arrays, plain objects and Maps of them.
 * @returns `[output, jvpFn]`; `jvpFn(...tangents)` takes a direction in the structure and the
 * shapes of the primals, and returns what has the output's structure.
 *
 * @throws TorchError where a tangent does not have the shape, dtype and device of its primal.
 *
 * @example
 * ```ts
 * const [output, jvpFn] = torch.func.linearize((x: Tensor) => x.pow(2), torch.tensor([1, 2]));
 * jvpFn(torch.tensor([1, 0])); // tensor([2., 0.])
 * jvpFn(torch.tensor([0, 1])); // tensor([0., 4.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.func.linearize.html
 */
export function linearize<Primals extends unknown[], Output>(
  func: (...primals: Primals) => Output,
  ...primals: Primals
): [output: Output, jvpFn: (...tangents: Primals) => Output];
export function linearize(func: AnyFunction, ...primals: unknown[]): unknown {
  checkFunction('linearize()', func);
  const from = flattenTensors('linearize()', 'the primals', primals);
  const { output, outputSpec, pull } = pullback('linearize()', func, primals, null, false);
  const cotangents = (treeLeaves(output) as Tensor[]).map((tensor) => {
    const zeros = operators.torch.zerosLike(tensor);
    native.trackGrad(requiredId(zeros));
    return zeros;
  });
  const gradient = enableGrad(() => treeLeaves(pull(cotangents, true, true)) as Tensor[]);
  const jvpFn = (...tangents: unknown[]) => {
    const along = flattenTensors('jvpFn()', 'the tangents', tangents);
    if (!along.spec.equals(from.spec)) {
      throw new TorchError(
        `jvpFn(): the tangents must have the structure of the primals, ${from.spec}, got ${along.spec}`,
      );
    }
    for (const [i, tangent] of along.tensors.entries()) {
      checkTangent(tangent, from.tensors[i] as Tensor, i);
    }
    const options = { retainGraph: true, createGraph: isGradEnabled() };
    const found = withoutInferenceMode(() =>
      gradients(gradient, cotangents, along.tensors, options),
    );
    return treeUnflatten(found, outputSpec);
  };
  return [output, jvpFn];
}

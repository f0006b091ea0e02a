import { TorchError } from '../errors.js';
import { operators } from '../operators.js';
import type { Tensor } from '../tensor.js';
import { isTensor } from './arguments.js';
import * as forwardAd from './forward-ad.js';
import type { Gradients } from './functional-support.js';
import { grad } from './grad.js';
import { asTuple, checkedInputs, type Func, isDifferentiable } from './gradcheck-numerical.js';
import { dense, denseZeros, indicesOf } from './gradcheck-sparse.js';

/**
 * Thrown by {@link gradcheck} and {@link gradgradcheck} where gradients are wrong.
 *
 * @example
 * ```ts
 * const { gradcheck, GradcheckError } = torch.autograd;
 * try {
 *   gradcheck((x: Tensor) => x.detach().mul(x), torch.ones(1, { dtype: torch.float64, requiresGrad: true }));
 * } catch (error) {
 *   console.log(error instanceof GradcheckError); // true
 * }
 * ```
 * @see https://pytorch.org/docs/stable/autograd.html
 */
export class GradcheckError extends TorchError {
  override name = 'GradcheckError';
}

const nondeterminism =
  'if the function is nondeterministic on purpose, give gradcheck a `nondetTol`, how far two runs may differ';

/** Zeros of a tensor's shape, row by row however the tensor lies. @internal */
export function contiguousZeros({ shape, dtype, device }: Tensor): Tensor {
  return operators.torch.zeros(shape, { dtype, device });
}

/** The gradients that backward gives for one `gradOutput` after another: a row for each. */
function rows(output: Tensor, inputs: readonly Tensor[], v: Tensor | null): (Tensor | null)[][] {
  const options = { retainGraph: true, allowUnused: true };
  const run = (gradOutputs: Tensor): Gradients =>
    grad(output, inputs, { ...options, gradOutputs }).map(
      (gradient: Tensor | null) => gradient?.clone() ?? null,
    );
  if (v) return [[...run(v.reshape(output.shape))]];
  const base = contiguousZeros(output);
  const flat = base.view(-1);
  return Array.from({ length: flat.numel() }, (_, j) => {
    flat.zero_();
    flat.select(0, j).fill_(1);
    return [...run(base)];
  });
}

/** The rows as one Jacobian for each input, of shape [elements of the input, rows]. */
function stackRows(found: readonly (Tensor | null)[][], inputs: readonly Tensor[], count: number) {
  let sameTypes = true;
  let sameSizes = true;
  const jacobians = inputs.map((input, i) => {
    const jacobian = denseZeros(input, [input.numel(), count]);
    for (const [j, row] of found.entries()) {
      const gradient = row[i];
      if (!gradient) continue;
      if (`${gradient.shape}` !== `${input.shape}`) sameSizes = false;
      else if (gradient.dtype !== input.dtype) sameTypes = false;
      jacobian.select(1, j).copy_(dense(gradient).reshape(-1));
    }
    return jacobian;
  });
  return { jacobians, sameTypes, sameSizes };
}

function maxDifference(one: Tensor, other: Tensor): number {
  return one.numel() === 0 ? 0 : one.sub(other).abs().max().item();
}

/** What backward is checked for beside its values. */
export interface AnalyticalOptions {
  nondetTol: number;
  checkGradDtypes: boolean;
}

/**
 * The Jacobians of one output with respect to all inputs by backward, or the product of `v` with
 * them. Computed twice: they must not differ.
 * @internal
 */
export function analyticalJacobians(
  inputs: readonly unknown[],
  output: Tensor,
  { nondetTol, checkGradDtypes }: AnalyticalOptions,
  v: Tensor | null = null,
): Tensor[] {
  const [, tensors] = checkedInputs(inputs);
  const count = v ? 1 : output.numel();
  const first = stackRows(rows(output, tensors, v), tensors, count);
  const second = stackRows(rows(output, tensors, v), tensors, count);
  if (!first.sameTypes && checkGradDtypes) throw new GradcheckError('gradient has dtype mismatch');
  if (!first.sameSizes) throw new GradcheckError('analytical gradient has incorrect size');
  const differs = first.jacobians.some(
    (jacobian, i) => maxDifference(jacobian, second.jacobians[i] as Tensor) > nondetTol,
  );
  if (differs) {
    throw new GradcheckError(
      `backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives different values, although analytical gradient matches numerical gradient. The tolerance for nondeterminism was ${nondetTol}; ${nondeterminism}`,
    );
  }
  return first.jacobians;
}

/** The inputs with tangents of zeros, which are then written into. @internal */
export function dualInputs(inputs: readonly unknown[]): [duals: unknown[], tangents: Tensor[]] {
  const tangents: Tensor[] = [];
  const duals = inputs.map((input) => {
    if (!isTensor(input) || !input.requiresGrad) return input;
    const dual = forwardAd.makeDual(input.detach(), operators.torch.zerosLike(input));
    // Where the input is a view, this is not the tangent that was given.
    tangents.push(forwardAd.unpackDual(dual).tangent as Tensor);
    return dual;
  });
  return [duals, tangents];
}

function tangentsOf(func: Func, duals: readonly unknown[], checkGradDtypes: boolean) {
  return asTuple(func(...duals))
    .filter(isDifferentiable)
    .map((output) => {
      const { primal, tangent } = forwardAd.unpackDual(output);
      if (checkGradDtypes && tangent && primal.dtype.isComplex !== tangent.dtype.isComplex) {
        throw new GradcheckError('forward AD gradient has dtype mismatch');
      }
      return tangent;
    });
}

/**
 * The Jacobians of all outputs with respect to each input by forward mode, or their products with
 * the directions `u`.
 * @internal
 */
export function forwardJacobians(
  func: Func,
  inputs: readonly unknown[],
  outputs: readonly Tensor[],
  checkGradDtypes: boolean,
  u: readonly Tensor[] | null = null,
): Tensor[][] {
  const differentiable = outputs.filter(isDifferentiable);
  return forwardAd.dualLevel(() => {
    const [duals, tangents] = dualInputs(inputs);
    return tangents.map((tangent, i) => {
      if (u) {
        tangent.copy_((u[i] as Tensor).viewAs(tangent));
        const found = tangentsOf(func, duals, checkGradDtypes);
        tangent.zero_();
        return differentiable.map((output, o) => {
          return found[o]?.reshape(-1).clone() ?? output.newZeros([output.numel()]);
        });
      }
      const jacobians = differentiable.map((output) =>
        output.newZeros([tangent.numel(), output.numel()]),
      );
      let row = 0;
      for (const at of indicesOf(tangent.shape)) {
        const entry = at.length === 0 ? tangent : tangent.index(...at);
        entry.fill_(1);
        for (const [o, found] of tangentsOf(func, duals, checkGradDtypes).entries()) {
          if (found) (jacobians[o] as Tensor).select(0, row).copy_(found.reshape(-1));
        }
        entry.fill_(0);
        row++;
      }
      return jacobians;
    });
  });
}

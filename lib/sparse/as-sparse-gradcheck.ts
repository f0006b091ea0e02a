import { isTensor } from '../autograd/arguments.js';
import type { gradcheck, gradgradcheck } from '../autograd/gradcheck.js';
import type { CheckedFunction } from '../autograd/gradcheck-numerical.js';
import { densify, isSparse, valuesOf, withValues } from '../autograd/gradcheck-sparse.js';
import { isPlainObject } from '../options.js';
import type { Tensor } from '../tensor.js';

/** Stands for a sparse tensor, before its values: `gradcheck` sees the values alone. */
class Shell {
  constructor(readonly tensor: Tensor) {}
}

type Check = (func: CheckedFunction, inputs: unknown, ...rest: unknown[]) => boolean;

function represent(input: unknown, masked: boolean): unknown[] {
  if (!isTensor(input) || !input.requiresGrad || !isSparse(input)) return [input];
  const whole = masked ? input.detach() : (densify(input.detach()) as Tensor);
  return [new Shell(whole), valuesOf(whole).detach().clone().requiresGrad_()];
}

function restore(args: readonly unknown[]): unknown[] {
  const restored: unknown[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    restored.push(arg instanceof Shell ? withValues(arg.tensor, args[++i] as Tensor) : arg);
  }
  return restored;
}

/**
 * A `gradcheck` or `gradgradcheck` for functions that take or give sparse tensors: it moves the
 * values of sparse inputs, and makes sparse outputs dense.
 *
 * @param check The function to extend. With `masked: true` only the elements count that the
 * inputs specify.
 *
 * @example
 * ```ts
 * const gradcheck = torch.sparse.asSparseGradcheck(torch.autograd.gradcheck);
 * const sparse = torch.tensor([[0, 1], [2, 3]], { dtype: torch.float64 }).toSparse();
 * gradcheck((x: Tensor) => x.mul(2), sparse.requiresGrad_()); // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.sparse.as_sparse_gradcheck.html
 */
export function asSparseGradcheck<F extends typeof gradcheck | typeof gradgradcheck>(check: F): F {
  if (typeof check !== 'function') {
    throw new TypeError(`asSparseGradcheck() takes a function, got ${typeof check}`);
  }
  const extended: Check = (func, inputs, ...rest) => {
    const last = rest.at(-1);
    const { masked = false, ...options } = isPlainObject(last) ? last : {};
    const others = isPlainObject(last) ? [...rest.slice(0, -1), options] : rest;
    const dense = (output: unknown) =>
      isTensor(output) && output.requiresGrad && isSparse(output)
        ? output.toDense({ maskedGrad: masked === true })
        : output;
    const wrapped = (...args: unknown[]) => {
      const outputs = (func as (...args: unknown[]) => unknown)(...restore(args));
      return Array.isArray(outputs) ? outputs.map(dense) : dense(outputs);
    };
    const given: readonly unknown[] = Array.isArray(inputs) ? inputs : [inputs];
    const represented = given.flatMap((input) => represent(input, masked === true));
    return (check as unknown as Check)(wrapped as CheckedFunction, represented, ...others);
  };
  return extended as unknown as F;
}

import { wrap } from '../dispatch.js';
import { ValueError } from '../errors.js';
import { requiredId } from '../handle.js';
import { native } from '../native.js';
import { type Call, required, Signature } from '../options.js';
import { Tensor } from '../tensor.js';
import { treeLeaves, treeMap } from '../utils/pytree.js';
import { named } from './grad.js';
import { type AnyFunction, callFunction, checkFunction } from './nesting.js';

/** The options of {@link functionalize}. */
export interface FunctionalizeOptions {
  /** What is replaced: changes in place, or views too. Default: `'mutations'`. */
  remove?: 'mutations' | 'mutations_and_views';
}

const signature = new Signature<Required<FunctionalizeOptions> & { func: AnyFunction }>(
  'functionalize()',
  { func: required },
  { remove: 'mutations' },
);

/**
 * The function that does what `func` does without changing a tensor in place: each such operator
 * is replaced by the one that returns a new tensor. What `func` does to its inputs is copied to
 * them at the end.
 *
 * @param func Any function of Tensors, or of arrays, plain objects and Maps of them.
 * @param options.remove `'mutations'`, or `'mutations_and_views'` to replace operators that return
 * views by those that copy, too. Default: `'mutations'`.
 *
 * @example
 * ```ts
 * const f = (x: Tensor) => x.add(1).mul_(2);
 * torch.func.functionalize(f)(torch.ones(2)); // tensor([4., 4.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.func.functionalize.html
 */
export function functionalize<Args extends unknown[], Result>(
  ...args: Call<[func: (...args: Args) => Result], [], FunctionalizeOptions>
): (...args: Args) => Result {
  const { func, remove } = signature.bind(args);
  checkFunction('functionalize()', func);
  if (remove !== 'mutations' && remove !== 'mutations_and_views') {
    throw new ValueError(
      `functionalize(): remove must be 'mutations' or 'mutations_and_views', got ${String(remove)}`,
    );
  }
  const reapplyViews = remove === 'mutations';
  return named(func, (...args: Args) => {
    const level = native.pushFunctionalize(reapplyViews);
    try {
      const wrapped = treeMap(args, (leaf) =>
        leaf instanceof Tensor ? wrap(native.wrapFunctional(requiredId(leaf), level)) : leaf,
      ) as unknown[];
      const output = treeMap(callFunction('functionalize()', func, wrapped), (leaf) =>
        leaf instanceof Tensor
          ? wrap(native.unwrapFunctional(requiredId(leaf), reapplyViews))
          : leaf,
      );
      const inputs = treeLeaves(args);
      for (const [i, leaf] of treeLeaves(wrapped).entries()) {
        if (leaf instanceof Tensor) {
          native.propagateMutation(requiredId(inputs[i] as Tensor), requiredId(leaf));
        }
      }
      return output as Result;
    } finally {
      native.popTransform();
    }
  }) as (...args: Args) => Result;
}

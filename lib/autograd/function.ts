import { TorchError } from '../errors.js';
import { noGrad } from '../grad-mode.js';
import { requiredId } from '../handle.js';
import { native } from '../native.js';
import { isTensor } from './arguments.js';
import { type FunctionClass, type FunctionCtx, resultsOf } from './function-context.js';
import { callFunction } from './function-transforms.js';
import { gradientsOf } from './node.js';

export { FunctionCtx, type VmapInfo } from './function-context.js';

/** The arguments of `apply`: those of `forward`, less the context that it makes. */
export type ApplyArguments<F extends { forward(...args: never[]): unknown }> = F extends {
  setupContext(...args: never[]): unknown;
}
  ? Parameters<F['forward']>
  : Parameters<F['forward']> extends [unknown, ...infer Rest]
    ? Rest
    : [];

/**
 * An operation whose derivative is written in JavaScript: a class with static methods `forward` and
 * `backward`, called by `apply`.
 *
 * `forward(ctx, ...args)` computes a Tensor or an array of them; nothing in it is recorded. Or
 * `forward(...args)` does, and `setupContext(ctx, inputs, output)` notes what `backward` needs.
 * `backward(ctx, ...gradOutputs)` (or `vjp`) returns the gradient with respect to each argument of
 * `forward`, null for those that have none. `jvp(ctx, ...gradInputs)` is the same for forward mode.
 * Inside the transforms of `torch.func`, `setupContext` must be there; and inside of `vmap` either
 * `static generateVmapRule = true`, which runs the methods under `vmap`, or a method
 * `vmap(info, inDims, ...args)`, which returns the output and its batch dimensions.
 * What they throw, `backward()` of a Tensor throws. They run on JavaScript's own thread, and must be
 * synchronous.
 *
 * @example
 * ```ts
 * class Exp extends autograd.Function {
 *   static forward(ctx: autograd.FunctionCtx, x: Tensor) {
 *     const result = x.exp();
 *     ctx.saveForBackward(result);
 *     return result;
 *   }
 *   static backward(ctx: autograd.FunctionCtx, grad: Tensor) {
 *     const [result] = ctx.savedTensors as [Tensor];
 *     return grad.mul(result);
 *   }
 * }
 * const zero = torch.tensor([0], { requiresGrad: true });
 * Exp.apply(zero).backward();
 * console.log(zero.grad); // tensor([1.])
 * ```
 * @see https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function
 */
export abstract class AutogradFunction {
  /** Instances have no use: everything is static. @internal */
  protected constructor() {
    throw new TorchError('a Function is not made by `new`; call its static method apply()');
  }

  /**
   * Calls `forward`, and records the operation where an argument requires a gradient.
   *
   * @param args What `forward` takes after `ctx`. Tensors in arrays or objects are not looked for.
   * @returns what `forward` returns, as part of the graph.
   * @see https://pytorch.org/docs/stable/generated/torch.autograd.Function.forward.html
   */
  static apply<F extends { forward(...args: never[]): unknown }>(
    this: F,
    ...args: ApplyArguments<F>
  ): ReturnType<F['forward']> {
    // biome-ignore lint/complexity/noThisInStatic: the heir that was called
    return callFunction(this as unknown as FunctionClass, args) as ReturnType<F['forward']>;
  }
}

type Backward<Args extends unknown[]> = (ctx: FunctionCtx, ...gradOutputs: Args) => unknown;

/**
 * Makes a `backward` of which no derivative may be taken: it runs without recording, and a double
 * backward through it throws. Also as a decorator.
 *
 * @example
 * ```ts
 * class Square extends autograd.Function {
 *   static forward(ctx: autograd.FunctionCtx, x: Tensor) {
 *     ctx.saveForBackward(x);
 *     return x.pow(2);
 *   }
 *   static backward = autograd.onceDifferentiable((ctx, grad: Tensor) => {
 *     const [x] = ctx.savedTensors as [Tensor];
 *     return grad.mul(x).mul(2);
 *   });
 * }
 * const three = torch.tensor([3], { requiresGrad: true });
 * Square.apply(three).backward();
 * console.log(three.grad); // tensor([6.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.function.once_differentiable.html
 */
export function onceDifferentiable<Args extends unknown[]>(
  backward: Backward<Args>,
  _context?: ClassMethodDecoratorContext,
): Backward<Args> {
  return function (this: unknown, ctx, ...gradOutputs) {
    const isRecorded = native.isGradEnabled();
    const result = noGrad(() => backward.call(this, ctx, ...gradOutputs));
    if (!isRecorded || !gradOutputs.some((grad) => isTensor(grad) && grad.requiresGrad)) {
      return result;
    }
    const results = resultsOf(result);
    const leaves = results.map((gradient) => {
      return isTensor(gradient) ? gradient.detach().requiresGrad_() : null;
    });
    return gradientsOf(
      native.delayedError(
        'trying to differentiate twice a function that was marked with onceDifferentiable',
        leaves.map((leaf) => (leaf ? requiredId(leaf) : 0)),
      ),
    );
  };
}

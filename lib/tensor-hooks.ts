import { wrap } from './dispatch.js';
import { type Handle, idOf, requiredId } from './handle.js';
import { native } from './native.js';
import { Tensor } from './tensor.js';
import { RemovableHandle } from './utils/hooks.js';

type HookCallback = (gradientId: number) => number | undefined;
type PostAccumulateCallback = (tensor: Handle | number) => void;

/**
 * What the hooks of a tensor call. Native code holds these too, but lets go of them while V8 looks
 * for garbage (binding/src/hooks.h): then they live by this, as long as the tensor does.
 */
const hookCallbacks = new WeakMap<Tensor, Set<HookCallback | PostAccumulateCallback>>();

/** Holds a callback by its tensor; the handle lets go of it, and runs `remove`. */
function hold(
  tensor: Tensor,
  callback: HookCallback | PostAccumulateCallback,
  remove: () => void,
): RemovableHandle {
  const callbacks = hookCallbacks.get(tensor) ?? new Set();
  hookCallbacks.set(tensor, callbacks.add(callback));
  return new RemovableHandle(() => {
    callbacks.delete(callback);
    if (!tensor.isDisposed) remove();
  });
}

/** A function of its own, so that nothing but what `hook` captured lives by the callback. */
function hookCallback(hook: (gradient: Tensor) => unknown): HookCallback {
  return (gradientId) => {
    const replacement = hook(wrap(gradientId) as Tensor);
    if (replacement === undefined || replacement === null) return undefined;
    if (!(replacement instanceof Tensor)) {
      throw new TypeError(`a hook must return a Tensor or nothing, got ${typeof replacement}`);
    }
    return requiredId(replacement);
  };
}

function postAccumulateCallback(hook: (param: Tensor) => unknown): PostAccumulateCallback {
  return (tensor) => {
    hook((typeof tensor === 'number' ? wrap(tensor) : tensor) as Tensor);
  };
}

function checkHook(where: string, hook: unknown): void {
  if (typeof hook !== 'function') {
    throw new TypeError(`${where} takes a function, got ${typeof hook}`);
  }
}

/** The methods of Tensor that have autograd call functions. */
export class Hooks {
  /**
   * Calls `hook` with the gradient each time one is computed; what it returns takes its place.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.register_hook.html
   */
  registerHook(
    this: Tensor,
    // biome-ignore lint/suspicious/noConfusingVoidType: a hook that returns nothing is the usual one
    hook: (gradient: Tensor) => Tensor | null | undefined | void,
  ): RemovableHandle {
    checkHook('registerHook()', hook);
    const callback = hookCallback(hook);
    const position = native.registerHook(idOf(this), callback);
    return hold(this, callback, () => native.removeHook(idOf(this), position));
  }

  /**
   * Calls `hook` with this tensor, a leaf, each time a gradient was added to its `grad`: an
   * optimizer's step, say, that frees the gradient at once.
   *
   * @example
   * ```ts
   * const w = torch.ones(2, { requiresGrad: true });
   * w.registerPostAccumulateGradHook((param) => {
   *   torch.noGrad(() => param.sub_(param.grad as Tensor));
   *   param.grad = null;
   * });
   * w.sum().backward();
   * console.log(w.detach()); // tensor([0., 0.])
   * ```
   * @throws TorchError for a tensor that is no leaf, or requires no gradient.
   * @see https://pytorch.org/docs/stable/generated/torch.Tensor.register_post_accumulate_grad_hook.html
   */
  registerPostAccumulateGradHook(this: Tensor, hook: (param: Tensor) => void): RemovableHandle {
    checkHook('registerPostAccumulateGradHook()', hook);
    const callback = postAccumulateCallback(hook);
    const key = native.registerPostAccumulateHook(idOf(this), callback);
    return hold(this, callback, () => native.removePostAccumulateHook(idOf(this), key));
  }
}

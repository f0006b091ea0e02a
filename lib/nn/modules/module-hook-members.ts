import { checkFlags } from '../../options.js';
import type { RemovableHandle } from '../../utils/hooks.js';
import type { Module } from './module.js';
import {
  checkHook,
  type ForwardHook,
  type ForwardHookWithKwargs,
  type ForwardPreHook,
  type ForwardPreHookWithKwargs,
  type FullBackwardHook,
  type FullBackwardPreHook,
  moduleHooks,
} from './module-hooks.js';
import {
  type ForwardHookOptions,
  type ForwardPreHookOptions,
  signatures,
} from './module-options.js';
import {
  type LoadStateDictPostHook,
  type LoadStateDictPreHook,
  type StateDictPostHook,
  type StateDictPreHook,
  stateHookLists,
} from './module-state.js';

/** The methods of Module that register hooks. */
export class HookMembers {
  /**
   * Has a function called before each `forward` with the module and the arguments. What it
   * returns takes their place: an array holds all of them, anything else is the only one.
   *
   * @param options.prepend Whether it runs before the hooks there are. Default: false.
   * @param options.withKwargs Whether it gets the named arguments, a plain object that comes last,
   * apart: `(module, args, kwargs)`; it then returns `[args, kwargs]` or nothing. Default: false.
   * @returns A handle whose `remove()` takes the hook away.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_forward_pre_hook
   */
  registerForwardPreHook<M extends Module>(
    this: M,
    hook: ForwardPreHookWithKwargs<M>,
    options: ForwardPreHookOptions & { withKwargs: true },
  ): RemovableHandle;
  registerForwardPreHook<M extends Module>(
    this: M,
    hook: ForwardPreHook<M>,
    options?: ForwardPreHookOptions & { withKwargs?: false },
  ): RemovableHandle;
  registerForwardPreHook(
    this: Module,
    hook: (...args: never[]) => unknown,
    options: ForwardPreHookOptions = {},
  ): RemovableHandle {
    const { where } = signatures.registerForwardPreHook;
    const { prepend, withKwargs } = signatures.registerForwardPreHook.bind([options]);
    checkFlags(where, { prepend, withKwargs });
    checkHook(where, hook);
    return this[moduleHooks]().forwardPre.add({ hook, withKwargs }, prepend);
  }

  /**
   * Has a function called after each `forward` with the module, the arguments and the result. What
   * it returns takes the result's place.
   *
   * @param options.prepend Whether it runs before the hooks there are. Default: false.
   * @param options.withKwargs Whether it gets the named arguments, a plain object that comes last,
   * apart: `(module, args, kwargs, output)`. Default: false.
   * @param options.alwaysCall Whether it runs, with an undefined result, also where `forward`
   * throws. Default: false.
   * @returns A handle whose `remove()` takes the hook away.
   *
   * @example
   * ```ts
   * const handle = model.registerForwardHook((module, args, output) => {
   *   console.log(output.shape); // [2, 2]
   * });
   * model(x);
   * handle.remove();
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_forward_hook
   */
  registerForwardHook<M extends Module>(
    this: M,
    hook: ForwardHookWithKwargs<M>,
    options: ForwardHookOptions & { withKwargs: true },
  ): RemovableHandle;
  registerForwardHook<M extends Module>(
    this: M,
    hook: ForwardHook<M>,
    options?: ForwardHookOptions & { withKwargs?: false },
  ): RemovableHandle;
  registerForwardHook(
    this: Module,
    hook: (...args: never[]) => unknown,
    options: ForwardHookOptions = {},
  ): RemovableHandle {
    const { where } = signatures.registerForwardHook;
    const { prepend, withKwargs, alwaysCall } = signatures.registerForwardHook.bind([options]);
    checkFlags(where, { prepend, withKwargs, alwaysCall });
    checkHook(where, hook);
    return this[moduleHooks]().forward.add({ hook, withKwargs, alwaysCall }, prepend);
  }

  /**
   * Has a function called each time the gradients of the module's results are known, before those
   * of anything in it: `(module, gradOutput)`. What it returns, an array of as many gradients,
   * takes their place.
   *
   * @param options.prepend Whether it runs before the hooks there are. Default: false.
   * @returns A handle whose `remove()` takes the hook away.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_full_backward_pre_hook
   */
  registerFullBackwardPreHook<M extends Module>(
    this: M,
    hook: FullBackwardPreHook<M>,
    options: boolean | { prepend?: boolean } = {},
  ): RemovableHandle {
    const { where } = signatures.registerFullBackwardPreHook;
    const { prepend } = signatures.registerFullBackwardPreHook.bind([options]);
    checkFlags(where, { prepend });
    checkHook(where, hook);
    return this[moduleHooks]().backwardPre.add({ hook }, prepend);
  }

  /**
   * Has a function called each time the gradients of the module's arguments are known:
   * `(module, gradInput, gradOutput)`, arrays with a gradient, or null, for each argument and each
   * result. What it returns, an array of as many gradients, takes the place of `gradInput`.
   *
   * The arguments and results must not be changed in place while there is such a hook.
   *
   * @param options.prepend Whether it runs before the hooks there are. Default: false.
   * @returns A handle whose `remove()` takes the hook away.
   *
   * @example
   * ```ts
   * const layer = new nn.Linear(3, 1);
   * layer.registerFullBackwardHook((module, [gradInput], [gradOutput]) => {
   *   console.log(gradInput?.shape, gradOutput?.shape); // [2, 3] [2, 1]
   * });
   * layer(torch.ones(2, 3, { requiresGrad: true })).sum().backward();
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_full_backward_hook
   */
  registerFullBackwardHook<M extends Module>(
    this: M,
    hook: FullBackwardHook<M>,
    options: boolean | { prepend?: boolean } = {},
  ): RemovableHandle {
    const { where } = signatures.registerFullBackwardHook;
    const { prepend } = signatures.registerFullBackwardHook.bind([options]);
    checkFlags(where, { prepend });
    checkHook(where, hook);
    return this[moduleHooks]().backward.add({ hook }, prepend);
  }

  /**
   * Has a function called before each `stateDict()`, with the module, prefix and keepVars.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_state_dict_pre_hook
   */
  registerStateDictPreHook(this: Module, hook: StateDictPreHook): RemovableHandle {
    checkHook('Module.registerStateDictPreHook', hook);
    return this[stateHookLists]().save.add(hook);
  }

  /**
   * Has a function called after each `stateDict()`, to change the state in place:
   * `(module, stateDict, prefix, localMetadata)`.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_state_dict_post_hook
   */
  registerStateDictPostHook(this: Module, hook: StateDictPostHook): RemovableHandle {
    checkHook('Module.registerStateDictPostHook', hook);
    return this[stateHookLists]().saved.add(hook);
  }

  /**
   * Has a function called before the module reads its part of a state dict, to change it in place:
   * `(module, stateDict, prefix, localMetadata, strict, missingKeys, unexpectedKeys, errorMessages)`.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_load_state_dict_pre_hook
   */
  registerLoadStateDictPreHook(this: Module, hook: LoadStateDictPreHook): RemovableHandle {
    checkHook('Module.registerLoadStateDictPreHook', hook);
    return this[stateHookLists]().load.add(hook);
  }

  /**
   * Has a function called after `loadStateDict()`, to change the incompatible keys in place:
   * `(module, keys)`.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_load_state_dict_post_hook
   */
  registerLoadStateDictPostHook(this: Module, hook: LoadStateDictPostHook): RemovableHandle {
    checkHook('Module.registerLoadStateDictPostHook', hook);
    return this[stateHookLists]().loaded.add(hook);
  }
}

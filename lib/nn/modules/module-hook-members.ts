import { checkFlags } from '../../options.js';
import type { RemovableHandle } from '../../utils/hooks.js';
import type { Module } from './module.js';
import {
  checkHook,
  type ForwardHook,
  type ForwardHookWithKwargs,
  type ForwardPreHook,
  type ForwardPreHookWithKwargs,
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

/**
 * Hooks of all modules; Python's `torch.nn.modules.module`.
 *
 * @see https://pytorch.org/docs/stable/nn.html#global-hooks-for-module
 * @module
 */
import { checkFlags } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import type { RemovableHandle } from '../../utils/hooks.js';
import type { Parameter } from '../parameter.js';
import type { Module } from './module.js';
import {
  addGlobally,
  checkHook,
  type ForwardHook,
  type ForwardHookWithKwargs,
  type ForwardPreHook,
  type FullBackwardHook,
  type FullBackwardPreHook,
  globalHooks,
} from './module-hooks.js';
import { type MemberKind, registrationHooks } from './module-members.js';
import { signatures } from './module-options.js';

/** What {@link registerModuleForwardHook} takes beside the hook. */
export interface ModuleForwardHookOptions {
  /** Whether the hook gets the named arguments apart. Default: false. */
  withKwargs?: boolean;
  /** Whether the hook runs also where `forward` throws. Default: false. */
  alwaysCall?: boolean;
}

/**
 * Has a function called before each `forward` of every module, before the module's own hooks.
 *
 * It is global, for debugging and profiling; a module has `registerForwardPreHook`.
 *
 * @returns A handle whose `remove()` takes the hook away.
 *
 * @example
 * ```ts
 * const names: string[] = [];
 * const handle = nn.modules.module.registerModuleForwardPreHook((module) => {
 *   names.push(module.constructor.name);
 * });
 * new nn.Sequential(new nn.ReLU())(x);
 * handle.remove();
 * names; // ['Sequential', 'ReLU']
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.modules.module.register_module_forward_pre_hook.html
 */
export function registerModuleForwardPreHook(hook: ForwardPreHook): RemovableHandle {
  checkHook('registerModuleForwardPreHook', hook);
  return addGlobally(globalHooks.forwardPre, { hook, withKwargs: false });
}

/**
 * Has a function called after each `forward` of every module, before the module's own hooks.
 *
 * It is global, for debugging and profiling; a module has `registerForwardHook`.
 *
 * @param options.withKwargs Whether it gets the named arguments apart. Default: false.
 * @param options.alwaysCall Whether it runs also where `forward` throws. Default: false.
 * @returns A handle whose `remove()` takes the hook away.
 *
 * @example
 * ```ts
 * const shapes: number[][] = [];
 * const handle = nn.modules.module.registerModuleForwardHook((module, args, output) => {
 *   shapes.push(output.shape);
 * });
 * model(x);
 * handle.remove();
 * shapes; // [[2, 2]]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.modules.module.register_module_forward_hook.html
 */
export function registerModuleForwardHook(
  hook: ForwardHookWithKwargs,
  options: ModuleForwardHookOptions & { withKwargs: true },
): RemovableHandle;
export function registerModuleForwardHook(
  hook: ForwardHook,
  options?: ModuleForwardHookOptions,
): RemovableHandle;
export function registerModuleForwardHook(
  hook: (...args: never[]) => unknown,
  options: ModuleForwardHookOptions = {},
): RemovableHandle {
  const { where } = signatures.registerModuleForwardHook;
  const { withKwargs, alwaysCall } = signatures.registerModuleForwardHook.bind([options]);
  checkFlags(where, { withKwargs, alwaysCall });
  checkHook(where, hook);
  return addGlobally(globalHooks.forward, { hook, withKwargs, alwaysCall });
}

/**
 * Has a function called each time the gradients of a module's results are known, for every module.
 *
 * It is global, for debugging and profiling; a module has `registerFullBackwardPreHook`.
 *
 * @returns A handle whose `remove()` takes the hook away.
 *
 * @example
 * ```ts
 * const shapes: (number[] | undefined)[] = [];
 * const { registerModuleFullBackwardPreHook } = nn.modules.module;
 * using _ = registerModuleFullBackwardPreHook((module, [grad]) => {
 *   shapes.push(grad?.shape);
 * });
 * model(torch.ones(2, 3, { requiresGrad: true })).sum().backward();
 * shapes; // [[2, 2]]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.modules.module.register_module_full_backward_pre_hook.html
 */
export function registerModuleFullBackwardPreHook(hook: FullBackwardPreHook): RemovableHandle {
  checkHook('registerModuleFullBackwardPreHook', hook);
  return addGlobally(globalHooks.backwardPre, { hook });
}

/**
 * Has a function called each time the gradients of a module's arguments are known, for every
 * module.
 *
 * It is global, for debugging and profiling; a module has `registerFullBackwardHook`.
 *
 * @returns A handle whose `remove()` takes the hook away.
 *
 * @example
 * ```ts
 * const shapes: (number[] | undefined)[] = [];
 * const { registerModuleFullBackwardHook } = nn.modules.module;
 * using _ = registerModuleFullBackwardHook((module, [gradInput]) => {
 *   shapes.push(gradInput?.shape);
 * });
 * model(torch.ones(2, 3, { requiresGrad: true })).sum().backward();
 * shapes; // [[2, 3]]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.modules.module.register_module_full_backward_hook.html
 */
export function registerModuleFullBackwardHook(hook: FullBackwardHook): RemovableHandle {
  checkHook('registerModuleFullBackwardHook', hook);
  return addGlobally(globalHooks.backward, { hook });
}

/** Runs when a module gets a member; what it returns takes the member's place. */
export type RegistrationHook<Value> = (module: Module, name: string, value: Value) => unknown;

function addRegistration<Value>(
  where: string,
  kind: MemberKind,
  hook: RegistrationHook<Value>,
): RemovableHandle {
  checkHook(where, hook);
  return registrationHooks[kind].add({ hook });
}

/**
 * Has a function called with each parameter that any module gets: `(module, name, parameter)`.
 * What it returns takes the parameter's place.
 *
 * It runs in `registerParameter()`, and for a property that holds a parameter when the module's
 * members are first asked for: JavaScript does not tell when a property is written.
 *
 * @returns A handle whose `remove()` takes the hook away.
 *
 * @example
 * ```ts
 * const names: string[] = [];
 * const { registerModuleParameterRegistrationHook } = nn.modules.module;
 * using _ = registerModuleParameterRegistrationHook((module, name) => {
 *   names.push(name);
 * });
 * new nn.Module().registerParameter('scale', new nn.Parameter(torch.ones(1)));
 * names; // ['scale']
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.modules.module.register_module_parameter_registration_hook.html
 */
export function registerModuleParameterRegistrationHook(
  hook: RegistrationHook<Parameter>,
): RemovableHandle {
  const where = 'registerModuleParameterRegistrationHook';
  return addRegistration(where, 'parameter', hook);
}

/**
 * Has a function called with each buffer that any module gets: `(module, name, buffer)`. What it
 * returns takes the buffer's place.
 *
 * It runs in `registerBuffer()`, and for a property that holds a buffer when the module's members
 * are first asked for.
 *
 * @returns A handle whose `remove()` takes the hook away.
 *
 * @example
 * ```ts
 * const names: string[] = [];
 * const { registerModuleBufferRegistrationHook } = nn.modules.module;
 * using _ = registerModuleBufferRegistrationHook((module, name) => {
 *   names.push(name);
 * });
 * new nn.Module().registerBuffer('mean', torch.zeros(1));
 * names; // ['mean']
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.modules.module.register_module_buffer_registration_hook.html
 */
export function registerModuleBufferRegistrationHook(
  hook: RegistrationHook<Tensor>,
): RemovableHandle {
  const where = 'registerModuleBufferRegistrationHook';
  return addRegistration(where, 'buffer', hook);
}

/**
 * Has a function called with each submodule that any module gets: `(module, name, submodule)`.
 * What it returns takes the submodule's place.
 *
 * It runs in `addModule()`, as in the containers, and for a property that holds a module when the
 * members are first asked for.
 *
 * @returns A handle whose `remove()` takes the hook away.
 *
 * @example
 * ```ts
 * const names: string[] = [];
 * const { registerModuleModuleRegistrationHook } = nn.modules.module;
 * using _ = registerModuleModuleRegistrationHook((module, name, submodule) => {
 *   names.push(`${name}: ${submodule}`);
 * });
 * new nn.Sequential(new nn.ReLU(), new nn.Tanh());
 * names; // ['0: ReLU()', '1: Tanh()']
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.modules.module.register_module_module_registration_hook.html
 */
export function registerModuleModuleRegistrationHook(
  hook: RegistrationHook<Module>,
): RemovableHandle {
  const where = 'registerModuleModuleRegistrationHook';
  return addRegistration(where, 'module', hook);
}

import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import type { DeviceLike } from '../../types.js';
import type { Module } from './module.js';
import type { StateDict } from './module-state.js';

/** What `parameters()` and `buffers()` take. */
export interface MembersOptions {
  /** Whether those of submodules come too. Default: true. */
  recurse?: boolean;
}

/** What `namedParameters()` and `namedBuffers()` take. */
export interface NamedMembersOptions extends MembersOptions {
  /** What stands before every name. Default: nothing. */
  prefix?: string;
  /** Whether what is shared comes only once. Default: true. */
  removeDuplicate?: boolean;
}

/** What `namedModules()` takes. */
export interface NamedModulesOptions {
  /** The modules to leave out; those that come are added. Default: none. */
  memo?: Set<Module> | null;
  /** What stands before every name. Default: nothing. */
  prefix?: string;
  /** Whether a module that is shared comes only once. Default: true. */
  removeDuplicate?: boolean;
}

/** What {@link Module.stateDict} takes. */
export interface StateDictOptions {
  /** Where to write the state. Default: a new object. */
  destination?: StateDict | null;
  /** What stands before every name. Default: nothing. */
  prefix?: string;
  /** Whether to give the parameters and buffers themselves, with their gradients. Default: false. */
  keepVars?: boolean;
}

/** What {@link Module.loadStateDict} takes beside the state. */
export interface LoadStateDictOptions {
  /** Whether a name that is missing or too many is an error. Default: true. */
  strict?: boolean;
  /** Whether the tensors of the state dict take the place of the module's. Default: false. */
  assign?: boolean;
}

/** What {@link Module.registerForwardPreHook} takes beside the hook. */
export interface ForwardPreHookOptions {
  /** Whether the hook runs before those there are. Default: false. */
  prepend?: boolean;
  /** Whether the hook gets the named arguments, a plain object that comes last, apart. Default: false. */
  withKwargs?: boolean;
}

/** What {@link Module.registerForwardHook} takes beside the hook. */
export interface ForwardHookOptions extends ForwardPreHookOptions {
  /** Whether the hook runs also where `forward` throws. Default: false. */
  alwaysCall?: boolean;
}

/** The arguments of `namedParameters()` and `namedBuffers()`. */
export type NamedMembersCall = Call<
  [],
  [prefix: string, recurse: boolean, removeDuplicate: boolean],
  NamedMembersOptions
>;

const membersSignature = (name: string) =>
  new Signature<Required<MembersOptions>>(`Module.${name}`, { recurse: true });
const namedMembersSignature = (name: string) =>
  new Signature<Required<NamedMembersOptions>>(`Module.${name}`, {
    prefix: '',
    recurse: true,
    removeDuplicate: true,
  });

/** The signatures of Module's methods. @internal */
export const signatures = {
  parameters: membersSignature('parameters'),
  buffers: membersSignature('buffers'),
  namedParameters: namedMembersSignature('namedParameters'),
  namedBuffers: namedMembersSignature('namedBuffers'),
  modules: new Signature<{ removeDuplicate: boolean }>('Module.modules', { removeDuplicate: true }),
  namedModules: new Signature<Required<NamedModulesOptions>>('Module.namedModules', {
    memo: null,
    prefix: '',
    removeDuplicate: true,
  }),
  train: new Signature<{ mode: boolean }>('Module.train', { mode: true }),
  zeroGrad: new Signature<{ setToNone: boolean }>('Module.zeroGrad', { setToNone: true }),
  requiresGrad_: new Signature<{ requiresGrad: boolean }>('Module.requiresGrad_', {
    requiresGrad: true,
  }),
  toEmpty: new Signature<{ device: DeviceLike | null; recurse: boolean }>(
    'Module.toEmpty',
    {},
    { device: required, recurse: true },
  ),
  stateDict: new Signature<Required<StateDictOptions>>(
    'Module.stateDict',
    {},
    { destination: null, prefix: '', keepVars: false },
  ),
  loadStateDict: new Signature<Required<LoadStateDictOptions>>('Module.loadStateDict', {
    strict: true,
    assign: false,
  }),
  registerBuffer: new Signature<{ name: string; tensor: Tensor | null; persistent: boolean }>(
    'Module.registerBuffer',
    { name: required, tensor: required, persistent: true },
  ),
  registerForwardPreHook: new Signature<Required<ForwardPreHookOptions>>(
    'Module.registerForwardPreHook',
    {},
    { prepend: false, withKwargs: false },
  ),
  registerForwardHook: new Signature<Required<ForwardHookOptions>>(
    'Module.registerForwardHook',
    {},
    { prepend: false, withKwargs: false, alwaysCall: false },
  ),
  registerFullBackwardPreHook: new Signature<{ prepend: boolean }>(
    'Module.registerFullBackwardPreHook',
    { prepend: false },
  ),
  registerFullBackwardHook: new Signature<{ prepend: boolean }>('Module.registerFullBackwardHook', {
    prepend: false,
  }),
  registerModuleForwardHook: new Signature<{ withKwargs: boolean; alwaysCall: boolean }>(
    'registerModuleForwardHook',
    {},
    { withKwargs: false, alwaysCall: false },
  ),
  setSubmodule: new Signature<{ strict: boolean }>('Module.setSubmodule', { strict: false }),
};

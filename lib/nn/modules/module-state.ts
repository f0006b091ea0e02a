import { kindOf } from '../../describe.js';
import { TorchError } from '../../errors.js';
import { noGrad } from '../../grad-mode.js';
import { Tensor } from '../../tensor.js';
import { HookList } from '../../utils/hooks.js';
import { Buffer, Parameter } from '../parameter.js';
import { isLazy } from '../uninitialized.js';
import type { Module } from './module.js';
import { members } from './module-members.js';

/**
 * The parameters and persistent buffers of a module by their names, `conv1.weight` say, and what
 * modules add as their extra state.
 */
// biome-ignore lint/suspicious/noExplicitAny: an extra state is of any type
export type StateDict = Record<string, any>;

/** What a state dict says of one module beside its tensors. */
export interface LocalMetadata {
  /** The module's `_version` when the state was taken; undefined in files of old. */
  version?: number;
  /** Whether the tensors take the place of the module's own, rather than being copied. */
  assignToParamsBuffers?: boolean;
  /** What a hook has noted, `spectral_norm` say. */
  [note: string]: unknown;
}

/** What {@link Module.loadStateDict} found amiss. */
export interface IncompatibleKeys {
  /** Names that the module has and the state dict has not. */
  missingKeys: string[];
  /** Names that the state dict has and the module has not. */
  unexpectedKeys: string[];
}

/** Runs before a module writes its state. */
export type StateDictPreHook = (module: Module, prefix: string, keepVars: boolean) => void;

/** Runs after a module and its children have written their state, which it may change in place. */
export type StateDictPostHook = (
  module: Module,
  stateDict: StateDict,
  prefix: string,
  localMetadata: LocalMetadata,
) => void;

/** Runs before a module reads its state; it may change any of its arguments in place. */
export type LoadStateDictPreHook = (
  module: Module,
  stateDict: StateDict,
  prefix: string,
  localMetadata: LocalMetadata,
  strict: boolean,
  missingKeys: string[],
  unexpectedKeys: string[],
  errorMessages: string[],
) => void;

/** Runs after a module and its children have read their state; it may change `keys` in place. */
export type LoadStateDictPostHook = (module: Module, keys: IncompatibleKeys) => void;

/** The hooks around one module's state. */
export class StateHooks {
  readonly save = new HookList<StateDictPreHook>();
  readonly saved = new HookList<StateDictPostHook>();
  readonly load = new HookList<LoadStateDictPreHook>();
  readonly loaded = new HookList<LoadStateDictPostHook>();

  /** The same hooks in lists of their own. */
  copy(): StateHooks {
    const copied = new StateHooks();
    copied.save.extend(this.save);
    copied.saved.extend(this.saved);
    copied.load.extend(this.load);
    copied.loaded.extend(this.loaded);
    return copied;
  }
}

/** Reads the {@link StateHooks} that a module has been given, if any. */
export const stateHooks = Symbol('stateHooks');

/** Makes or reads a module's {@link StateHooks}. */
export const stateHookLists = Symbol('stateHookLists');

/** Under which name a module's own extra state stands. */
export const extraStateKey = '_extra_state';

/** Python keeps this beside the tensors: for each module's name, its {@link LocalMetadata}. */
export function metadataOf(stateDict: StateDict): Record<string, LocalMetadata> | undefined {
  const descriptor = Object.getOwnPropertyDescriptor(stateDict, '_metadata');
  return descriptor?.enumerable === false ? descriptor.value : undefined;
}

/** Puts metadata beside the tensors, where neither a loop nor a print meets it. */
export function setMetadata(stateDict: StateDict, metadata: Record<string, LocalMetadata>): void {
  Object.defineProperty(stateDict, '_metadata', {
    value: metadata,
    enumerable: false,
    writable: true,
    configurable: true,
  });
}

/** Writes the tensors of one module, without its children, into `destination`. */
export function saveTensors(
  module: Module,
  destination: StateDict,
  prefix: string,
  keepVars: boolean,
): void {
  const { parameters, buffers } = module[members]();
  for (const [name, parameter] of parameters) {
    destination[prefix + name] = keepVars ? parameter : parameter.detach();
  }
  for (const [name, buffer, persistent] of buffers) {
    if (persistent) destination[prefix + name] = keepVars ? buffer : buffer.detach();
  }
}

const sizeText = (tensor: Tensor) => `torch.Size([${tensor.shape.join(', ')}])`;

/** Puts `source` in the place of `target`, as what `target` is. */
function assign(module: Module, name: string, target: Tensor, source: Tensor): void {
  let value = source;
  if (target instanceof Parameter) {
    if (source instanceof Parameter) source.requiresGrad = target.requiresGrad;
    else value = new Parameter(source, target.requiresGrad);
  } else if (target instanceof Buffer && !(source instanceof Buffer)) {
    value = new Buffer(source, { persistent: target.persistent });
  }
  (module as unknown as Record<string, unknown>)[name] = value;
}

/** Reads one tensor; returns what stands in the way, if anything. */
function loadTensor(
  module: Module,
  name: string,
  target: Tensor,
  key: string,
  given: unknown,
  assigning: boolean,
): string | undefined {
  if (!(given instanceof Tensor)) {
    return `While copying the parameter named "${key}", expected a Tensor from checkpoint but received ${kindOf(given)}`;
  }
  if (isLazy(target) && isLazy(given)) return undefined;
  let source = given;
  // Files of PyTorch 0.3 hold scalars as tensors of one element.
  if (target.ndim === 0 && source.ndim === 1 && source.shape[0] === 1) source = source.select(0, 0);
  if (sizeText(source) !== sizeText(target)) {
    return `size mismatch for ${key}: copying a param with shape ${sizeText(source)} from checkpoint, the shape in current model is ${sizeText(target)}.`;
  }
  try {
    noGrad(() => {
      if (assigning) assign(module, name, target, source);
      else target.copy_(source);
    });
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return `While copying the parameter named "${key}", whose dimensions in the model are ${sizeText(target)} and whose dimensions in the checkpoint are ${sizeText(source)}, an exception occurred : ${message}.`;
  }
}

/** Reads the tensors of one module, without its children, from `stateDict`. */
export function loadTensors(
  module: Module,
  stateDict: StateDict,
  prefix: string,
  localMetadata: LocalMetadata,
  strict: boolean,
  missingKeys: string[],
  unexpectedKeys: string[],
  errorMessages: string[],
): void {
  const { parameters, buffers, modules } = module[members]();
  const targets = new Map<string, Tensor>(parameters);
  for (const [name, buffer, persistent] of buffers) if (persistent) targets.set(name, buffer);
  for (const [name, target] of targets) {
    const key = prefix + name;
    if (!Object.hasOwn(stateDict, key)) {
      if (strict) missingKeys.push(key);
      continue;
    }
    const assigning = localMetadata.assignToParamsBuffers ?? false;
    const problem = loadTensor(module, name, target, key, stateDict[key], assigning);
    if (problem) errorMessages.push(problem);
  }
  if (!strict) return;
  const children = new Set(modules.map(([name]) => name));
  for (const key of Object.keys(stateDict)) {
    if (!key.startsWith(prefix) || key === prefix + extraStateKey) continue;
    const [name, ...rest] = key.slice(prefix.length).split('.') as [string, ...string[]];
    if (!(rest.length > 0 ? children.has(name) : targets.has(name))) unexpectedKeys.push(key);
  }
}

function loadTree(
  module: Module,
  stateDict: StateDict,
  prefix: string,
  metadata: Record<string, LocalMetadata>,
  assigning: boolean,
  keys: IncompatibleKeys,
  errorMessages: string[],
): void {
  const localMetadata = { ...metadata[prefix.slice(0, -1)], assignToParamsBuffers: assigning };
  module._loadFromStateDict(
    stateDict,
    prefix,
    localMetadata,
    true,
    keys.missingKeys,
    keys.unexpectedKeys,
    errorMessages,
  );
  for (const [name, child] of module[members]().modules) {
    const childPrefix = `${prefix}${name}.`;
    const entries = Object.entries(stateDict).filter(([key]) => key.startsWith(childPrefix));
    const childState = Object.fromEntries(entries);
    loadTree(child, childState, childPrefix, metadata, assigning, keys, errorMessages);
  }
  for (const hook of module[stateHooks]?.loaded.entries ?? []) hook(module, keys);
}

const quoted = (keys: readonly string[]) => keys.map((key) => `"${key}"`).join(', ');

/** Reads a whole state dict into `module`; see {@link Module.loadStateDict}. */
export function loadStateDict(
  module: Module,
  stateDict: StateDict,
  strict: boolean,
  assigning: boolean,
): IncompatibleKeys {
  const keys: IncompatibleKeys = { missingKeys: [], unexpectedKeys: [] };
  const messages: string[] = [];
  const metadata = metadataOf(stateDict) ?? {};
  loadTree(module, { ...stateDict }, '', metadata, assigning, keys, messages);
  if (strict) {
    if (keys.unexpectedKeys.length > 0) {
      messages.unshift(`Unexpected key(s) in state_dict: ${quoted(keys.unexpectedKeys)}. `);
    }
    if (keys.missingKeys.length > 0) {
      messages.unshift(`Missing key(s) in state_dict: ${quoted(keys.missingKeys)}. `);
    }
  }
  if (messages.length > 0) {
    throw new TorchError(
      `Error(s) in loading state_dict for ${module._getName()}:\n\t${messages.join('\n\t')}`,
      { code: 'ERR_STATE_DICT' },
    );
  }
  return keys;
}

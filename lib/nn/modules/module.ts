import { copyProperties, type Memo } from '../../copy.js';
import { describe } from '../../describe.js';
import { NotImplementedError, ValueError } from '../../errors.js';
import { watch } from '../../live-number.js';
import type { Call } from '../../options.js';
import { Tensor } from '../../tensor.js';
import { installMembers } from '../../utils/mixin.js';
import { Parameter } from '../parameter.js';
import { Callable } from './callable.js';
import { applyToTensors, ConversionMembers } from './module-convert.js';
import { HookMembers } from './module-hook-members.js';
import {
  callWithHooks,
  hasForwardHooks,
  hasGlobalHooks,
  ModuleHooks,
  moduleHooks,
} from './module-hooks.js';
import {
  announced,
  forgetMember,
  type MemberKind,
  type Members,
  members,
  misplaced,
  placeMember,
  Registry,
  substituteMember,
} from './module-members.js';
import {
  type LoadStateDictOptions,
  type MembersOptions,
  type NamedMembersCall,
  type NamedModulesOptions,
  type StateDictOptions,
  signatures,
} from './module-options.js';
import { childRepr, moduleRepr } from './module-print.js';
import {
  extraStateKey,
  type IncompatibleKeys,
  type LocalMetadata,
  loadStateDict,
  loadTensors,
  metadataOf,
  type StateDict,
  StateHooks,
  saveTensors,
  setMetadata,
  stateHookLists,
  stateHooks,
} from './module-state.js';
import { namedMembers, namedModules, values } from './module-traverse.js';

export type { ModuleToArguments, ModuleToOptions } from './module-convert.js';
export type {
  ForwardHook,
  ForwardHookWithKwargs,
  ForwardPreHook,
  ForwardPreHookWithKwargs,
  FullBackwardHook,
  FullBackwardPreHook,
  Gradients,
} from './module-hooks.js';
export type * from './module-options.js';
export type {
  IncompatibleKeys,
  LoadStateDictPostHook,
  LoadStateDictPreHook,
  LocalMetadata,
  StateDict,
  StateDictPostHook,
  StateDictPreHook,
} from './module-state.js';

function checkBoolean(where: string, name: string, value: unknown): void {
  if (typeof value !== 'boolean') {
    throw new TypeError(`${where}: ${name} must be a boolean, got ${describe(value)}`);
  }
}

const isModule = (value: unknown): value is Module =>
  typeof value === 'function' && value instanceof Module;
const isModuleClass = (value: unknown): boolean =>
  typeof value === 'function' && value.prototype instanceof Module;

let call: (self: Module, args: unknown[]) => unknown;

export interface Module extends ConversionMembers, HookMembers {
  /** Runs the pre-hooks, `forward` and the hooks. */
  (...args: Parameters<this['forward']>): ReturnType<this['forward']>;
}

/**
 * The base of all layers and models. A model of one's own extends it, keeps its layers in
 * properties, and computes in `forward`; it is called as a function, `model(x)`, with `forward`'s
 * arguments and result.
 *
 * The own enumerable properties that hold a {@link Parameter}, a {@link Buffer} or a module are its
 * parameters, buffers and submodules, in the order of the properties; nothing else needs to be
 * registered. A plain tensor, and a module in an array or an object, is none of them. Names are
 * those of the state dict, so give properties the names that the Python model has.
 *
 * @example
 * ```ts
 * class Model extends nn.Module {
 *   conv1 = new nn.Conv2d(1, 20, 5);
 *   conv2 = new nn.Conv2d(20, 20, 5);
 *
 *   forward(x: Tensor) {
 *     x = nn.functional.relu(this.conv1(x));
 *     return nn.functional.relu(this.conv2(x));
 *   }
 * }
 * const model = new Model();
 * model(torch.randn(1, 1, 28, 28)).shape; // [1, 20, 20, 20]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html
 */
export class Module extends Callable {
  /** Whether the module is in training mode; Dropout and BatchNorm look at it. */
  training = true;

  readonly #registry = new Registry();
  #hooks: ModuleHooks | null = null;
  #stateHooks: StateHooks | undefined;

  static {
    call = (self, args) => {
      watch?.module(self);
      const hooks = self.#hooks;
      if (!hasGlobalHooks() && (hooks === null || hooks.isEmpty)) return self.forward(...args);
      return callWithHooks(self, hooks, args);
    };
  }

  constructor() {
    super(call);
  }

  /**
   * What the module computes; every subclass has its own. It may be called directly, and then no
   * hook runs.
   *
   * @throws NotImplementedError in a module that has none, such as a ModuleList.
   */
  // biome-ignore lint/suspicious/noExplicitAny: every subclass has its own signature
  forward(..._args: any[]): any {
    throw new NotImplementedError(
      `Module [${this._getName()}] is missing the required "forward" function`,
    );
  }

  /**
   * The module's copy for `copy.deepcopy`; a class that is copied in its own way has its own.
   *
   * @internal
   */
  __deepcopy__(memo: Memo): this {
    const copied = Reflect.construct(Module, [], this.constructor) as this;
    memo.set(this, copied);
    copied.#registry.copy(this.#registry);
    copied.#hooks = this.#hooks?.copy() ?? null;
    copied.#stateHooks = this.#stateHooks?.copy();
    const ownCopy = this.__deepcopy__ !== Module.prototype.__deepcopy__;
    copyProperties(this, copied, memo, ownCopy ? Object.getPrototypeOf(this) : Module.prototype);
    return copied;
  }

  /** @internal */
  [members](): Members {
    return this.#registry.read(this, isModule, isModuleClass);
  }

  /** @internal */
  [placeMember](name: string): void {
    this.#registry.place(this, name);
  }

  /** @internal */
  [forgetMember](name: string): void {
    this.#registry.forget(this, name);
  }

  /** @internal */
  [substituteMember](name: string, value: Tensor | null): void {
    this.#registry.substitute(this, name, value);
  }

  /** @internal */
  get [hasForwardHooks](): boolean {
    const hooks = this.#hooks;
    return hooks !== null && hooks.forward.entries.length + hooks.forwardPre.entries.length > 0;
  }

  /** @internal */
  [moduleHooks](): ModuleHooks {
    this.#hooks ??= new ModuleHooks();
    return this.#hooks;
  }

  /** @internal */
  [stateHookLists](): StateHooks {
    this.#stateHooks ??= new StateHooks();
    return this.#stateHooks;
  }

  /** @internal */
  get [stateHooks](): StateHooks | undefined {
    return this.#stateHooks;
  }

  /**
   * The parameters, those of submodules included; what an optimizer takes.
   *
   * @param recurse Whether those of submodules come too. Default: true.
   *
   * @example
   * ```ts
   * const optimizer = new optim.SGD(model.parameters(), { lr: 0.01 });
   * const layer = new nn.Linear(3, 2);
   * [...layer.parameters()].reduce((sum, p) => sum + p.numel(), 0); // 8
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.parameters
   */
  parameters(...args: Call<[], [recurse: boolean], MembersOptions>): Generator<Parameter, void> {
    const { recurse } = signatures.parameters.bind(args);
    return values(this.namedParameters({ recurse }));
  }

  /**
   * The parameters with their names, `conv1.weight` say.
   *
   * @param prefix What stands before every name. Default: nothing.
   * @param recurse Whether those of submodules come too. Default: true.
   * @param removeDuplicate Whether a parameter that is shared comes only once. Default: true.
   */
  namedParameters(...args: NamedMembersCall): Generator<[string, Parameter], void> {
    const options = signatures.namedParameters.bind(args);
    return namedMembers(this, (module) => module[members]().parameters, options);
  }

  /**
   * The buffers, those of submodules included.
   *
   * @param recurse Whether those of submodules come too. Default: true.
   */
  buffers(...args: Call<[], [recurse: boolean], MembersOptions>): Generator<Tensor, void> {
    const { recurse } = signatures.buffers.bind(args);
    return values(this.namedBuffers({ recurse }));
  }

  /**
   * The buffers with their names, `bn1.running_mean` say.
   *
   * @param prefix What stands before every name. Default: nothing.
   * @param recurse Whether those of submodules come too. Default: true.
   * @param removeDuplicate Whether a buffer that is shared comes only once. Default: true.
   */
  namedBuffers(...args: NamedMembersCall): Generator<[string, Tensor], void> {
    const options = signatures.namedBuffers.bind(args);
    return namedMembers(this, (module) => module[members]().buffers, options);
  }

  /** The modules directly below this one, each once. */
  children(): Generator<Module, void> {
    return values(this.namedChildren());
  }

  /** The modules directly below this one with their names, each once. */
  *namedChildren(): Generator<[string, Module], void> {
    const memo = new Set<Module>();
    for (const [name, module] of this[members]().modules) {
      if (memo.has(module)) continue;
      memo.add(module);
      yield [name, module];
    }
  }

  /**
   * This module and all below it.
   *
   * @param removeDuplicate Whether a module that is shared comes only once. Default: true.
   */
  modules(
    ...args: Call<[], [removeDuplicate: boolean], { removeDuplicate?: boolean }>
  ): Generator<Module, void> {
    return values(this.namedModules(signatures.modules.bind(args)));
  }

  /**
   * This module and all below it with their names; its own is empty.
   *
   * @param memo The modules to leave out; those that come are added. Default: none.
   * @param prefix What stands before every name. Default: nothing.
   * @param removeDuplicate Whether a module that is shared comes only once. Default: true.
   */
  namedModules(
    ...args: Call<
      [],
      [memo: Set<Module> | null, prefix: string, removeDuplicate: boolean],
      NamedModulesOptions
    >
  ): Generator<[string, Module], void> {
    const { memo, prefix, removeDuplicate } = signatures.namedModules.bind(args);
    return namedModules(this, memo ?? new Set(), prefix, removeDuplicate);
  }

  /**
   * The module at a path of names joined by dots, `layer1.0.conv1` say; the empty path is this one.
   *
   * @throws ValueError where the path leads nowhere, or to something else.
   */
  getSubmodule(target: string): Module {
    let module: Module = this;
    for (const name of target === '' ? [] : target.split('.')) {
      const value = property(module, name);
      if (!isModule(value)) throw new ValueError(`\`${name}\` is not an nn.Module`);
      module = value;
    }
    return module;
  }

  /**
   * Puts a module at a path of names joined by dots, in the place of the one there, if any.
   *
   * @param target The path.
   * @param module The module.
   * @param strict Whether there must be a module to replace. Default: false.
   * @throws ValueError where the path is empty or leads nowhere, or where it leads to something that
   * is no module.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.set_submodule
   */
  setSubmodule(
    target: string,
    module: Module,
    ...rest: Call<[], [strict: boolean], { strict?: boolean }>
  ): void {
    const { strict } = signatures.setSubmodule.bind(rest);
    checkBoolean('Module.setSubmodule', 'strict', strict);
    if (target === '') throw new ValueError('Cannot set the submodule without a target name!');
    if (!isModule(module)) {
      throw new ValueError(`\`module\` is not an nn.Module, found ${describe(module)}`);
    }
    const [parent, name] = this.#resolve(target);
    const properties = parent as unknown as Record<string, unknown>;
    if (name in parent && !isModule(properties[name])) {
      throw new ValueError(`\`${name}\` is not an nn.Module`);
    }
    if (strict) property(parent, name);
    parent.addModule(name, module);
  }

  /**
   * The parameter at a path of names joined by dots.
   *
   * @throws ValueError where the path leads nowhere, or to something else.
   */
  getParameter(target: string): Parameter {
    const [module, name] = this.#resolve(target);
    const value = property(module, name);
    if (!(value instanceof Parameter)) throw new ValueError(`\`${name}\` is not an nn.Parameter`);
    return value;
  }

  /**
   * The buffer at a path of names joined by dots.
   *
   * @throws ValueError where the path leads nowhere, or to something else.
   */
  getBuffer(target: string): Tensor {
    const [module, name] = this.#resolve(target);
    property(module, name);
    const found = module[members]().buffers.find(([other]) => other === name);
    if (!found) throw new ValueError(`\`${name}\` is not a buffer`);
    return found[1];
  }

  #resolve(target: string): [module: Module, name: string] {
    const dot = target.lastIndexOf('.');
    return [this.getSubmodule(target.slice(0, Math.max(dot, 0))), target.slice(dot + 1)];
  }

  /**
   * Makes a tensor a buffer under a name, as a property that holds a {@link Buffer} would; the
   * name goes on being a buffer's when a plain tensor is assigned to it later.
   *
   * @param name The property.
   * @param tensor The buffer; null reserves the name.
   * @param persistent Whether the state dict holds it. Default: true.
   * @throws ValueError where the name is empty, has a dot, or is taken.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_buffer
   */
  registerBuffer(
    ...args: Call<
      [name: string, tensor: Tensor | null],
      [persistent: boolean],
      { persistent?: boolean }
    >
  ): void {
    const { name, tensor, persistent } = signatures.registerBuffer.bind(args);
    if (tensor !== null && !(tensor instanceof Tensor))
      throw misplaced(this, name, tensor, 'buffer');
    this.#register(name, tensor, 'buffer', persistent);
  }

  /**
   * Makes a parameter a property under a name that is not known where the class is written.
   *
   * @param name The property.
   * @param parameter The parameter; null reserves the name.
   * @throws ValueError where the name is empty, has a dot, or is taken, and where the parameter is
   * the result of a computation.
   */
  registerParameter(name: string, parameter: Parameter | null): void {
    if (parameter !== null && !(parameter instanceof Parameter)) {
      throw misplaced(this, name, parameter, 'parameter');
    }
    if (parameter?.gradFn) {
      throw new ValueError(
        `cannot register '${name}': a parameter must be a leaf; to make it a function of another tensor, compute it in forward()`,
      );
    }
    this.#register(name, parameter, 'parameter');
  }

  /**
   * Makes a module a property under a name that is not known where the class is written.
   *
   * @param name The property.
   * @param module The module; null reserves the name.
   * @throws ValueError where the name is empty, has a dot, or is taken.
   */
  addModule(name: string, module: Module | null): void {
    if (isModuleClass(module)) {
      const { name: type } = module as unknown as { name: string };
      throw new TypeError(`${type} is a class, not a module; write \`new ${type}(...)\``);
    }
    if (module !== null && !isModule(module)) throw misplaced(this, name, module, 'module');
    this.#register(name, module, 'module');
  }

  /** The same as {@link addModule}. */
  registerModule(name: string, module: Module | null): void {
    this.addModule(name, module);
  }

  #register(name: string, value: unknown, kind: MemberKind, persistent = true): void {
    if (typeof name !== 'string') {
      throw new TypeError(`${kind} name should be a string, got ${describe(name)}`);
    }
    if (name === '') throw new ValueError(`${kind} name can't be empty string ""`);
    if (name.includes('.')) {
      throw new ValueError(`${kind} name can't contain ".", got: ${name}`);
    }
    if (name in this && this.#registry.kind(name) !== kind) {
      throw new ValueError(`attribute '${name}' already exists`);
    }
    this.#registry.place(this, name);
    this.#registry.set(name, kind, persistent);
    Object.defineProperty(this, name, {
      value: value === null ? null : announced(this, name, kind, value),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }

  /**
   * Calls a function with every module below this one, and at last with this one; to set initial
   * weights, say.
   *
   * @example
   * ```ts
   * model.apply((module) => {
   *   if (module instanceof nn.Linear) nn.init.xavierUniform_(module.weight);
   * });
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.apply
   */
  apply(fn: (module: Module) => void): this {
    if (typeof fn !== 'function') {
      throw new TypeError(`Module.apply takes a function, got ${typeof fn}`);
    }
    for (const child of this.children()) child.apply(fn);
    fn(this);
    return this;
  }

  /** Puts what `change` makes of every parameter and buffer in their place. @internal */
  _apply(change: (tensor: Tensor) => Tensor, recurse = true): this {
    applyToTensors(this, change, recurse);
    return this;
  }

  /**
   * Sets training mode, here and below, for the layers that behave differently in it: Dropout,
   * BatchNorm.
   *
   * @param mode False is evaluation mode. Default: true.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.train
   */
  train(...args: Call<[], [mode: boolean], { mode?: boolean }>): this {
    const { mode } = signatures.train.bind(args);
    checkBoolean('Module.train', 'mode', mode);
    this.training = mode;
    for (const child of this.children()) child.train(mode);
    return this;
  }

  /** Sets evaluation mode, here and below: `train(false)`. */
  eval(): this {
    return this.train(false);
  }

  /**
   * Says whether gradients are computed for the parameters; false freezes them.
   *
   * @param requiresGrad Default: true.
   */
  requiresGrad_(...args: Call<[], [requiresGrad: boolean], { requiresGrad?: boolean }>): this {
    const { requiresGrad } = signatures.requiresGrad_.bind(args);
    checkBoolean('Module.requiresGrad_', 'requiresGrad', requiresGrad);
    for (const parameter of this.parameters()) parameter.requiresGrad = requiresGrad;
    return this;
  }

  /**
   * Takes the gradients off all parameters.
   *
   * @param setToNone False fills them with zeros instead. Default: true.
   */
  zeroGrad(...args: Call<[], [setToNone: boolean], { setToNone?: boolean }>): void {
    const { setToNone } = signatures.zeroGrad.bind(args);
    checkBoolean('Module.zeroGrad', 'setToNone', setToNone);
    Tensor.clearGrads([...this.parameters()], setToNone);
  }

  /**
   * The parameters and persistent buffers, those of submodules included, by name: what is saved.
   * The tensors share their memory with the module and have no history.
   *
   * @param options.destination Where to write them. Default: a new object.
   * @param options.prefix What stands before every name. Default: nothing.
   * @param options.keepVars Whether to give the module's own tensors. Default: false.
   *
   * @example
   * ```ts
   * Object.keys(model.stateDict()); // ['weight', 'bias']
   * torch.save(model.stateDict(), 'model.pt');
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.state_dict
   */
  stateDict(options: StateDictOptions = {}): StateDict {
    const { destination: given, prefix, keepVars } = signatures.stateDict.bind([options]);
    const destination = given ?? {};
    if (!given) setMetadata(destination, {});
    const localMetadata: LocalMetadata = { version: this._version };
    const metadata = metadataOf(destination);
    if (metadata) metadata[prefix.slice(0, -1)] = localMetadata;
    for (const hook of this.#stateHooks?.save.entries ?? []) hook(this, prefix, keepVars);
    this._saveToStateDict(destination, prefix, keepVars);
    for (const [name, child] of this[members]().modules) {
      child.stateDict({ destination, prefix: `${prefix}${name}.`, keepVars });
    }
    for (const hook of this.#stateHooks?.saved.entries ?? []) {
      hook(this, destination, prefix, localMetadata);
    }
    return destination;
  }

  /**
   * Copies the tensors of a state dict into the parameters and buffers of the same names, here and
   * below.
   *
   * @param stateDict What `stateDict()` gave, here or in Python.
   * @param strict Whether a name that is missing or too many is an error. Default: true.
   * @param assign Whether the tensors take the place of the module's own, with their dtype and
   * device; an optimizer must then be made afterwards. Default: false.
   * @returns The names that were missing and those that were too many.
   * @throws TorchError that lists every missing and unexpected name and every difference in shape.
   *
   * @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.load_state_dict
   */
  loadStateDict(
    stateDict: StateDict,
    ...rest: Call<[], [strict: boolean, assign: boolean], LoadStateDictOptions>
  ): IncompatibleKeys {
    if (typeof stateDict !== 'object' || stateDict === null || stateDict instanceof Tensor) {
      throw new TypeError(`Expected state_dict to be an object, got ${describe(stateDict)}.`);
    }
    const { strict, assign } = signatures.loadStateDict.bind(rest);
    return loadStateDict(this, stateDict, strict, assign);
  }

  /** The version of the layer's state, which a state dict notes; a layer may have its own. */
  get _version(): number {
    return 1;
  }

  /** Writes the module's own part of the state; a layer may do it in its own way. */
  _saveToStateDict(destination: StateDict, prefix: string, keepVars: boolean): void {
    saveTensors(this, destination, prefix, keepVars);
    if (this.getExtraState !== Module.prototype.getExtraState) {
      destination[prefix + extraStateKey] = this.getExtraState();
    }
  }

  /**
   * Reads the module's own part of a state; a layer may do it in its own way, to read the states of
   * old versions say.
   */
  _loadFromStateDict(
    stateDict: StateDict,
    prefix: string,
    localMetadata: LocalMetadata,
    strict: boolean,
    missingKeys: string[],
    unexpectedKeys: string[],
    errorMessages: string[],
  ): void {
    const keys = [missingKeys, unexpectedKeys, errorMessages] as const;
    for (const hook of this.#stateHooks?.load.entries ?? []) {
      hook(this, stateDict, prefix, localMetadata, strict, ...keys);
    }
    loadTensors(this, stateDict, prefix, localMetadata, strict, ...keys);
    const key = prefix + extraStateKey;
    const given = Object.hasOwn(stateDict, key);
    if (this.setExtraState !== Module.prototype.setExtraState) {
      if (given) this.setExtraState(stateDict[key]);
      else if (strict) missingKeys.push(key);
    } else if (strict && given) {
      unexpectedKeys.push(key);
    }
  }

  /** What a module adds to its state beside its tensors; a subclass has this and `setExtraState`. */
  getExtraState(): unknown {
    throw new NotImplementedError(`${this._getName()} has no getExtraState`);
  }

  /** Takes what `getExtraState` gave back from a loaded state. */
  setExtraState(_state: unknown): void {
    throw new NotImplementedError(`${this._getName()} has no setExtraState`);
  }

  /** How the module is called when it is printed: its class. */
  _getName(): string {
    return this.constructor.name;
  }

  /** What the module prints of itself beside its children; in PyTorch's words, for equal output. */
  extraRepr(): string {
    return '';
  }

  /** The module and all below it, as PyTorch prints them. */
  override toString(): string {
    const lines = this[members]().modules.map(([name, child]) => childRepr(name, child.toString()));
    return moduleRepr(this._getName(), this.extraRepr(), lines);
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

for (const source of [ConversionMembers, HookMembers]) installMembers(Module.prototype, source);

function property(module: Module, name: string): unknown {
  if (!(name in module)) throw new ValueError(`${module._getName()} has no attribute \`${name}\``);
  return (module as unknown as Record<string, unknown>)[name];
}

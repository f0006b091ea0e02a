import { ValueError } from '../../errors.js';
import { isPlainObject } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { warn } from '../../warnings.js';
import { Module } from './module.js';
import { members } from './module-members.js';
import { listRepr } from './module-print.js';
import { ModuleSequence } from './module-sequence.js';
import { namedEntries } from './named-entries.js';

export { ParameterDict, ParameterList } from './parameter-container.js';

/**
 * A module that holds others by name.
 *
 * @deprecated A {@link Module} does all that it does.
 * @param modules The modules by name. Default: none.
 *
 * @example
 * ```ts
 * const container = new nn.Container({ fc: new nn.Linear(3, 2) });
 * Object.keys(container.stateDict()); // ['fc.weight', 'fc.bias']
 * ```
 * @see https://pytorch.org/docs/stable/nn.html
 */
export class Container extends Module {
  constructor(modules: Record<string, Module> = {}) {
    super();
    warn(
      '`nn.Container` is deprecated. All of its functionality is now implemented in `nn.Module`. Subclass that instead.',
      'DeprecationWarning',
    );
    for (const [name, module] of Object.entries(modules)) this.addModule(name, module);
  }
}

/**
 * Calls modules one after the other, each with the result of the one before.
 *
 * @typeParam Input What the first module takes. Default: a tensor.
 * @typeParam Output What the last module gives. Default: a tensor.
 *
 * @param modules The modules in their order, named by their index; or one plain object of modules
 * by name, Python's `OrderedDict`.
 *
 * @example
 * ```ts
 * const model = new nn.Sequential(new nn.Conv2d(1, 20, 5), new nn.ReLU(), new nn.Flatten());
 * const named = new nn.Sequential({ conv1: new nn.Conv2d(1, 20, 5), relu1: new nn.ReLU() });
 * model[0]; // Conv2d(1, 20, kernel_size=(5, 5), stride=(1, 1))
 * model[-1]; // Flatten(start_dim=1, end_dim=-1)
 * model(torch.randn(1, 1, 28, 28)).shape; // [1, 11520]
 * [...named.namedChildren()].map(([name]) => name); // ['conv1', 'relu1']
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Sequential.html
 */
export class Sequential<Input = Tensor, Output = Tensor> extends ModuleSequence {
  constructor(...modules: Module[] | [Record<string, Module>]) {
    super();
    const [first] = modules;
    if (modules.length === 1 && isPlainObject(first)) {
      for (const [name, module] of Object.entries(first)) this.addModule(name, module as Module);
      return;
    }
    if (Array.isArray(first)) {
      throw new TypeError(
        'nn.Sequential takes modules, not an array: `new nn.Sequential(...layers)`',
      );
    }
    for (const [i, module] of modules.entries()) this.addModule(String(i), module as Module);
  }

  override forward(input: Input): Output {
    let value: unknown = input;
    for (const [, module] of this[members]().modules) value = module(value);
    return value as Output;
  }

  /**
   * A Sequential of some of the modules, which keep their names: Python's `model[start:end]`.
   *
   * @param start The first; a negative index counts from the end. Default: 0.
   * @param end One behind the last. Default: the length.
   */
  slice(start?: number, end?: number): Sequential {
    const entries = this[members]().modules.slice(start, end);
    const Class = this.constructor as typeof Sequential;
    const part = new Class();
    for (const [name, module] of entries) part.addModule(name, module);
    return part;
  }

  /** A Sequential of these modules and then the others, numbered anew: Python's `a + b`. */
  concat(...others: Iterable<Module>[]): Sequential {
    const joined = new Sequential().extend(this);
    for (const other of others) joined.extend(other);
    return joined;
  }
}

/**
 * A list of modules, which are submodules as they would not be in an array. It has no `forward`.
 *
 * @typeParam Element The type of the modules.
 *
 * @param modules An array or another iterable of modules. Default: none.
 *
 * @example
 * ```ts
 * class Model extends nn.Module {
 *   linears = new nn.ModuleList(Array.from({ length: 10 }, () => new nn.Linear(10, 10)));
 *
 *   forward(x: Tensor) {
 *     for (const linear of this.linears) x = linear(x);
 *     return x;
 *   }
 * }
 * new Model()(torch.randn(2, 10)).shape; // [2, 10]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ModuleList.html
 */
export class ModuleList<Element extends Module = Module> extends ModuleSequence<Element> {
  constructor(modules?: Iterable<Element> | null) {
    super();
    if (modules !== undefined && modules !== null) this.extend(modules);
  }

  /**
   * A list of some of the modules, numbered anew: Python's `list[start:end]`.
   *
   * @param start The first; a negative index counts from the end. Default: 0.
   * @param end One behind the last. Default: the length.
   */
  slice(start?: number, end?: number): ModuleList<Element> {
    const Class = this.constructor as typeof ModuleList<Element>;
    return new Class([...this].slice(start, end));
  }

  /** A list of these modules and then the others: Python's `a + b`. */
  concat(...others: Iterable<Element>[]): ModuleList<Element> {
    const joined = new ModuleList<Element>(this);
    for (const other of others) joined.extend(other);
    return joined;
  }

  /** What a function makes of each module. */
  map<Result>(fn: (element: Element, index: number) => Result): Result[] {
    return [...this].map((element, index) => fn(element, index));
  }

  /** The modules as PyTorch prints them: equal neighbours are one line. */
  override toString(): string {
    const lines = listRepr([...this].map(String));
    return lines.length === 0
      ? `${this._getName()}()`
      : `${this._getName()}(\n  ${lines.join('\n  ')}\n)`;
  }
}

/** Modules by name, in one of the forms that a ModuleDict can be made of. */
export type NamedModules =
  | Readonly<Record<string, Module>>
  | ReadonlyMap<string, Module>
  | Iterable<readonly [name: string, module: Module]>
  | ModuleDict;

class ModuleDictionary extends Module {
  static {
    // Printed and reported under the name that it is exported by.
    Object.defineProperty(ModuleDictionary, 'name', { value: 'ModuleDict' });
  }

  constructor(modules?: NamedModules | null) {
    super();
    if (modules !== undefined && modules !== null) this.update(modules);
  }

  /** How many modules there are. */
  override get length(): number {
    return this[members]().modules.length;
  }

  /** The names, as in Python; `items()` gives names and modules. */
  [Symbol.iterator](): Generator<string, void> {
    return this.keys();
  }

  /** Whether there is a module of this name; Python's `name in dict`. */
  has(name: string): boolean {
    return this[members]().modules.some(([other]) => other === name);
  }

  /** The names. */
  *keys(): Generator<string, void> {
    for (const [name] of this[members]().modules) yield name;
  }

  /** The modules. */
  *values(): Generator<Module, void> {
    for (const [, module] of this[members]().modules) yield module;
  }

  /** The names with their modules. */
  *items(): Generator<[name: string, module: Module], void> {
    yield* this[members]().modules;
  }

  /** Adds modules, in the place of those of the same names. */
  update(modules: NamedModules): void {
    for (const [name, module] of namedEntries<Module>('ModuleDict.update', modules)) {
      this.addModule(name, module);
    }
  }

  /**
   * Takes the module of a name out and returns it.
   *
   * @throws ValueError where there is none.
   */
  pop(name: string): Module {
    const found = this[members]().modules.find(([other]) => other === name);
    if (!found) throw new ValueError(`ModuleDict has no module '${name}'`);
    Reflect.deleteProperty(this, name);
    return found[1];
  }

  /** Takes all modules out. */
  clear(): void {
    for (const name of [...this.keys()]) Reflect.deleteProperty(this, name);
  }
}

export type ModuleDict<Modules = unknown> = ModuleDictionary & Modules;

/**
 * Modules by name, which are submodules as they would not be in a plain object. It has no
 * `forward`; `dict[name]` reads a module.
 *
 * Names that a module's own members have (`type`, `train`, `items`) are taken.
 *
 * @param modules A plain object, a Map, an iterable of pairs, or another ModuleDict. Default: none.
 *
 * @example
 * ```ts
 * class Model extends nn.Module {
 *   choices = new nn.ModuleDict({ conv: new nn.Conv2d(10, 10, 3), pool: new nn.MaxPool2d(3) });
 *
 *   forward(x: Tensor, choice: 'conv' | 'pool') {
 *     return this.choices[choice](x);
 *   }
 * }
 * new Model()(torch.randn(1, 10, 9, 9), 'pool').shape; // [1, 10, 3, 3]
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ModuleDict.html
 * @class
 */
export const ModuleDict = ModuleDictionary as unknown as {
  new <Modules extends Readonly<Record<string, Module>>>(modules: Modules): ModuleDict<Modules>;
  new (modules?: NamedModules | null): ModuleDict<Record<string, Module>>;
  readonly prototype: ModuleDictionary;
};

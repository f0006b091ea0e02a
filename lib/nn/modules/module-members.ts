import { describe } from '../../describe.js';
import { Tensor } from '../../tensor.js';
import { HookList } from '../../utils/hooks.js';
import { warn } from '../../warnings.js';
import { Buffer, Parameter } from '../parameter.js';
import type { Module } from './module.js';

/** What a property of a module can be to the module. */
export type MemberKind = 'parameter' | 'buffer' | 'module';

/** The hooks that run when any module gets a member. */
export const registrationHooks: Record<
  MemberKind,
  HookList<{ hook: (module: Module, name: string, value: never) => unknown }>
> = { parameter: new HookList(), buffer: new HookList(), module: new HookList() };

/** What the registration hooks make of a new member. */
export function announced<Value>(
  module: Module,
  name: string,
  kind: MemberKind,
  value: Value,
): Value {
  let current = value;
  for (const { hook } of registrationHooks[kind].entries) {
    current = (hook(module, name, current as never) as Value | null | undefined) ?? current;
  }
  return current;
}

/** The members of one module, in the order of its properties; those that are null are left out. */
export interface Members {
  parameters: [name: string, parameter: Parameter][];
  buffers: [name: string, buffer: Tensor, persistent: boolean][];
  modules: [name: string, module: Module][];
}

/** Reads a module's {@link Members}; a symbol, so that it takes no name from the user's class. */
export const members = Symbol('members');

/** Told of a name before its property is defined, because JavaScript puts whole numbers first. */
export const placeMember = Symbol('placeMember');

/** Puts a tensor in a member's place for a while: a plain one may stand for a parameter. */
export const substituteMember = Symbol('substituteMember');

/** Takes a member away, name and all: what is put there next may be anything. */
export const forgetMember = Symbol('forgetMember');

const isIndex = (name: string | undefined) => name !== undefined && /^(0|[1-9]\d*)$/.test(name);

/**
 * The order in which the properties of an object came, which for names that are whole numbers is
 * not the order in which JavaScript gives them: those come first, and ascending.
 */
class PropertyOrder {
  /** For each whole number, after which other name it came. */
  readonly #places = new Map<string, string | undefined>();
  #isAscending = true;

  /** Notes that `name` is about to become the last property of `owner`. */
  place(owner: object, name: string): void {
    if (!isIndex(name) || (this.#places.has(name) && Object.hasOwn(owner, name))) return;
    const keys = Object.keys(owner);
    const last = keys.at(-1);
    const previous = keys.findLast(isIndex);
    // `training` comes before all members, so what follows it may as well precede it.
    if (last !== 'training' || Number(previous ?? -1) > Number(name)) this.#isAscending = false;
    this.#places.delete(name);
    this.#places.set(name, last);
  }

  copy(other: PropertyOrder): void {
    for (const [name, place] of other.#places) this.#places.set(name, place);
    this.#isAscending = other.#isAscending;
  }

  /** The names of the own enumerable properties. */
  names(owner: object): string[] {
    const keys = Object.keys(owner);
    if (this.#isAscending || !isIndex(keys[0])) return keys;
    const present = new Set(keys);
    const after = new Map<string | undefined, string[]>();
    for (const [name, other] of this.#places) {
      if (!present.delete(name)) continue;
      const place = other !== undefined && Object.hasOwn(owner, other) ? other : undefined;
      after.set(place, [...(after.get(place) ?? []), name]);
    }
    const rest = [...present].flatMap((name) => [name, ...(after.get(name) ?? [])]);
    return [...(after.get(undefined) ?? []), ...rest];
  }
}

const expected: Record<MemberKind, string> = {
  parameter: 'parameter',
  buffer: 'buffer',
  module: 'child module',
};

const allowed: Record<MemberKind, string> = {
  parameter: 'nn.Parameter or null expected',
  buffer: 'nn.Buffer, Tensor or null expected',
  module: 'nn.Module or null expected',
};

/**
 * What the properties of one module have been seen to be. A name that has held a parameter, a
 * buffer or a module goes on naming one, as in PyTorch: a plain tensor put in a buffer's place is
 * a buffer, and put in a parameter's place it is a mistake.
 */
export class Registry {
  readonly #kinds = new Map<string, MemberKind>();
  readonly #transient = new Set<string>();
  /** The parameters in whose place any tensor may stand. */
  readonly #lent = new Set<string>();
  readonly #order = new PropertyOrder();

  /** Notes that `name` is about to become the last property of `module`. */
  place(module: Module, name: string): void {
    this.#order.place(module, name);
  }

  /** Takes over what another registry has seen. */
  copy(other: Registry): void {
    for (const [name, kind] of other.#kinds) this.#kinds.set(name, kind);
    for (const name of other.#transient) this.#transient.add(name);
    this.#order.copy(other.#order);
  }

  /** Makes `name` a member, whatever it has been. */
  set(name: string, kind: MemberKind, persistent = true): void {
    this.#kinds.set(name, kind);
    if (persistent) this.#transient.delete(name);
    else this.#transient.add(name);
  }

  /** Takes the property away, and what it was known as. */
  forget(module: Module, name: string): void {
    Reflect.deleteProperty(module, name);
    this.#kinds.delete(name);
    this.#transient.delete(name);
    this.#lent.delete(name);
  }

  /** What `name` has been registered or seen as. */
  kind(name: string): MemberKind | undefined {
    return this.#kinds.get(name);
  }

  /** Puts `value` under `name`; in a parameter's place, until a parameter is put there again. */
  substitute(module: Module, name: string, value: Tensor | null): void {
    const properties = module as unknown as Record<string, unknown>;
    if (value instanceof Parameter) this.#lent.delete(name);
    else if (properties[name] instanceof Parameter || this.#kinds.get(name) === 'parameter') {
      this.set(name, 'parameter');
      this.#lent.add(name);
    }
    properties[name] = value;
  }

  /** Notes a member, and gives what stands in its place once hooks have seen a new one. */
  #see<Value>(
    module: Module,
    name: string,
    kind: MemberKind,
    value: Value,
    persistent = true,
  ): Value {
    const isNew = this.#kinds.get(name) !== kind;
    if (isNew || this.#transient.has(name) === persistent) this.set(name, kind, persistent);
    if (!isNew || registrationHooks[kind].entries.length === 0) return value;
    const current = announced(module, name, kind, value);
    if (current !== value) (module as unknown as Record<string, unknown>)[name] = current;
    return current;
  }

  /** Reads the members of `module`, of which `isModule` tells the submodules. */
  read(
    module: Module,
    isModule: (value: unknown) => value is Module,
    isModuleClass: (value: unknown) => boolean,
  ): Members {
    const found: Members = { parameters: [], buffers: [], modules: [] };
    for (const name of this.#order.names(module)) {
      const value = (module as unknown as Record<string, unknown>)[name];
      if (value === null || value === undefined) continue;
      if (isModule(value)) {
        found.modules.push([name, this.#see(module, name, 'module', value)]);
      } else if (value instanceof Parameter) {
        found.parameters.push([name, this.#see(module, name, 'parameter', value)]);
      } else if (value instanceof Buffer) {
        const { persistent } = value;
        found.buffers.push([
          name,
          this.#see(module, name, 'buffer', value, persistent),
          persistent,
        ]);
      } else {
        const kind = this.#kinds.get(name);
        if (kind === 'buffer' && value instanceof Tensor) {
          found.buffers.push([name, value, !this.#transient.has(name)]);
        } else if (this.#lent.has(name) && value instanceof Tensor) {
          found.parameters.push([name, value as Parameter]);
        } else if (kind) {
          throw misplaced(module, name, value, kind);
        } else if (isModuleClass(value)) {
          warnOfClass(module, name, value as { name: string });
        }
      }
    }
    return found;
  }
}

/** The error for a value that cannot stand where a member stands. */
export function misplaced(
  module: Module,
  name: string,
  value: unknown,
  kind: MemberKind,
): TypeError {
  return new TypeError(
    `${module._getName()}: cannot assign ${describe(value)} as ${expected[kind]} '${name}' (${allowed[kind]})`,
  );
}

function warnOfClass(module: Module, name: string, value: { name: string }): void {
  // A leading underscore marks a class that is kept on purpose, as ResNet's `_norm_layer`.
  if (name.startsWith('_')) return;
  warn(
    `${module._getName()}.${name} is the class ${value.name}, not a module: write \`new ${value.name}(...)\`, or begin the property's name with an underscore to keep the class`,
  );
}

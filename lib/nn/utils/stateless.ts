import { describe } from '../../describe.js';
import { TorchError, ValueError } from '../../errors.js';
import { repr } from '../../python-repr.js';
import { Tensor } from '../../tensor.js';
import type { Module } from '../modules/module.js';
import { substituteMember } from '../modules/module-members.js';

/** Tensors by the names of the parameters and buffers in whose place they are put. */
export type ParametersAndBuffers = Record<string, Tensor>;

/** What stands for a property that is not there. */
const missing = Symbol('missing');
type Held = Tensor | null | typeof missing;

/** The module and the property behind a name such as `layer1.conv1.weight`. */
function place(module: Module, name: string): [owner: Module, property: string] {
  const dot = name.lastIndexOf('.');
  const property = name.slice(dot + 1);
  if (property === '') throw new ValueError('tensor name can\'t be empty string ""');
  return [dot < 0 ? module : module.getSubmodule(name.slice(0, dot)), property];
}

/** Puts `value` under a name, and returns what stood there. */
function swap(module: Module, name: string, value: Held): Held {
  const [owner, property] = place(module, name);
  const properties = owner as unknown as Record<string, unknown>;
  const before = property in owner ? properties[property] : missing;
  if (before === missing || before === null || before instanceof Tensor) {
    if (value === missing) Reflect.deleteProperty(owner, property);
    else owner[substituteMember](property, value);
    return before as Held;
  }
  throw new TypeError(`attribute \`${name}\`: ${describe(before)} is not a Tensor`);
}

/** Puts all values in their places, or none; returns what stood there. */
function swapAll(module: Module, values: Iterable<[string, Held]>): [string, Held][] {
  const before: [string, Held][] = [];
  try {
    for (const [name, value] of values) before.push([name, swap(module, name, value)]);
  } catch (error) {
    for (const [name, value] of before) swap(module, name, value);
    throw error;
  }
  return before;
}

/** The names of every parameter and buffer, those that are shared under each of their names. */
function namedTensors(module: Module): Map<string, Tensor> {
  const options = { removeDuplicate: false };
  return new Map<string, Tensor>([
    ...module.namedParameters(options),
    ...module.namedBuffers(options),
  ]);
}

/** The values with one for each name of what the module shares. */
function untie(module: Module, given: ParametersAndBuffers): ParametersAndBuffers {
  const namesOf = new Map<Tensor, string[]>();
  for (const [name, tensor] of namedTensors(module)) {
    namesOf.set(tensor, [...(namesOf.get(tensor) ?? []), name]);
  }
  const untied = { ...given };
  for (const names of namesOf.values()) {
    const values = new Set(names.filter((name) => name in given).map((name) => given[name]));
    if (names.length < 2 || values.size === 0) continue;
    if (values.size > 1) {
      throw new ValueError(
        `functionalCall got several values for ${names.toSorted().map(repr).join(', ')}, which are tied; { tieWeights: false } takes them apart`,
      );
    }
    const [value] = values as Iterable<Tensor>;
    for (const name of names) untied[name] = value as Tensor;
  }
  return untied;
}

function checkNames(module: Module, given: ParametersAndBuffers): void {
  const known = new Set(namedTensors(module).keys());
  const names = new Set(Object.keys(given));
  const list = (all: Set<string>, others: Set<string>) =>
    [...all].filter((name) => !others.has(name)).sort();
  const lines = [
    ['Unexpected', list(names, known)],
    ['Missing', list(known, names)],
  ] as const;
  const problems = lines
    .filter(([, keys]) => keys.length > 0)
    .map(([what, keys]) => `${what} key(s): ${keys.map(repr).join(', ')}.`);
  if (problems.length === 0) return;
  throw new TorchError(
    `Error(s) in reparametrizing for ${module._getName()}:\n\t${problems.join('\n\t')}`,
    { code: 'ERR_STATE_DICT' },
  );
}

/**
 * Runs `body` while tensors stand in the place of a module's own parameters and buffers. What
 * `body` puts in their place in turn is written back into `given`.
 *
 * @internal
 */
export function reparametrized<R>(
  module: Module,
  given: ParametersAndBuffers,
  { tieWeights, strict }: { tieWeights: boolean; strict: boolean },
  body: () => R,
): R {
  const values = tieWeights ? untie(module, given) : given;
  if (strict) checkNames(module, values);
  const before = swapAll(module, Object.entries(values));
  try {
    return body();
  } finally {
    for (const [name, after] of swapAll(module, before)) {
      if (name in given && after instanceof Tensor) given[name] = after;
    }
  }
}

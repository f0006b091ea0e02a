import type { Tensor } from '../../tensor.js';
import type { Module } from './module.js';
import { members } from './module-members.js';
import type { NamedMembersOptions } from './module-options.js';

const join = (prefix: string, name: string) => (prefix ? `${prefix}.${name}` : name);

/** The values of named entries. */
export function* values<Value>(entries: Iterable<[string, Value]>): Generator<Value, void> {
  for (const [, value] of entries) yield value;
}

/** See {@link Module.namedModules}. */
export function* namedModules(
  module: Module,
  memo: Set<Module>,
  prefix: string,
  removeDuplicate: boolean,
): Generator<[string, Module], void> {
  if (memo.has(module)) return;
  if (removeDuplicate) memo.add(module);
  yield [prefix, module];
  for (const [name, child] of module[members]().modules) {
    yield* namedModules(child, memo, join(prefix, name), removeDuplicate);
  }
}

/** The members that `read` finds in `root` and, with `recurse`, below. */
export function* namedMembers<Member extends Tensor>(
  root: Module,
  read: (module: Module) => [name: string, member: Member, ...unknown[]][],
  { prefix, recurse, removeDuplicate }: Required<NamedMembersOptions>,
): Generator<[string, Member], void> {
  const memo = new Set<Member>();
  const modules: Iterable<[string, Module]> = recurse
    ? namedModules(root, new Set(), prefix, removeDuplicate)
    : [[prefix, root]];
  for (const [modulePrefix, module] of modules) {
    for (const [name, member] of read(module)) {
      if (memo.has(member)) continue;
      if (removeDuplicate) memo.add(member);
      yield [join(modulePrefix, name), member];
    }
  }
}

import { ValueError } from '../../errors.js';
import { isPlainObject } from '../../options.js';
import { Module } from './module.js';

/** The entries of a plain object, a Map, pairs, or a dict of ours. */
export function namedEntries<Value>(where: string, source: unknown): [string, Value][] {
  if (isPlainObject(source)) return Object.entries(source) as [string, Value][];
  const { items } = (source ?? {}) as { items?: () => Iterable<[string, Value]> };
  if (source instanceof Module && items) return [...items.call(source)];
  if (!isIterable(source) || typeof source === 'string') {
    throw new TypeError(`${where} takes an object, a Map, or an iterable of [name, value] pairs`);
  }
  return [...source].map((pair, i) => {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw new ValueError(`${where}: element ${i} is not a [name, value] pair`);
    }
    return pair as [string, Value];
  });
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof (value as Iterable<unknown> | null | undefined)?.[Symbol.iterator] === 'function';
}

import { type LocalMetadata, setMetadata } from '../nn/modules/module-state.js';
import { isPlainObject } from '../options.js';
import { UnpicklingError } from './errors.js';
import { Callable, Dict, Tuple } from './python.js';
import { LoadedStorage } from './storages.js';

function set(object: object, key: string, value: unknown): void {
  // Not by assignment: a key may be `__proto__`.
  Object.defineProperty(object, key, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

/** Turns what a pickle gave into JavaScript's own values, and keeps what is shared shared. */
class Converter {
  readonly #done = new Map<object, unknown>();

  convert(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (this.#done.has(value)) return this.#done.get(value);
    if (value instanceof Dict) return this.#dict(value);
    if (value instanceof Tuple) return this.#array(value, value.items);
    if (Array.isArray(value)) return this.#array(value, value);
    if (value instanceof Set) return this.#set(value);
    if (value instanceof LoadedStorage) {
      const { bytes, dtype } = value;
      return value.view(dtype, 0, [bytes.nbytes / dtype.itemsize], [1]);
    }
    if (value instanceof Callable) {
      throw new UnpicklingError(`it holds Python's \`${value.path}\` itself, which is no value`);
    }
    return value;
  }

  #array(source: object, items: unknown[]): unknown[] {
    const array: unknown[] = [];
    this.#done.set(source, array);
    for (const item of items) array.push(this.convert(item));
    return array;
  }

  #set(source: Set<unknown>): Set<unknown> {
    const result = new Set<unknown>();
    this.#done.set(source, result);
    for (const item of source) result.add(this.convert(item));
    return result;
  }

  #dict(dict: Dict): unknown {
    let isPlain = true;
    for (const key of dict.keys()) isPlain &&= typeof key === 'string';
    if (!isPlain) {
      const map = new Map<unknown, unknown>();
      this.#done.set(dict, map);
      for (const [key, value] of dict) map.set(this.convert(key), this.convert(value));
      return map;
    }
    const object = {};
    this.#done.set(dict, object);
    for (const [key, value] of dict) set(object, key as string, this.convert(value));
    const metadata = this.convert(dict.attributes?.get('_metadata'));
    if (isPlainObject(metadata)) setMetadata(object, metadata as Record<string, LocalMetadata>);
    return object;
  }
}

/**
 * A value of a pickle in JavaScript: a dict whose keys are all strings as a plain object, any
 * other as a Map; tuples and lists as arrays.
 */
export function toJavaScript(value: unknown): unknown {
  return new Converter().convert(value);
}

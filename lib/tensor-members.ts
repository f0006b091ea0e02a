import { idOf, setId } from './handle.js';
import { getItem, looksLikeIndex, objectIndexError, setItem } from './indexing.js';
import { snakeCaseError } from './naming.js';
import { native } from './native.js';
import { Tensor } from './tensor.js';
import type { Scalar } from './types.js';

/** How many indices have accessors of their own. */
const ACCESSORS = 64;

/**
 * Puts `x[0]`, `x[1]`, ... on the prototype: the commonest of indices, and a getter costs half of
 * what a Proxy does.
 *
 * @internal
 */
export function installIndexAccessors(prototype: object): void {
  for (let index = 0; index < ACCESSORS; index++) {
    Object.defineProperty(prototype, index, {
      get(this: Tensor) {
        const result = new Tensor();
        setId(result, native.select(idOf(this), index, result));
        return result;
      },
      set(this: Tensor, value: Tensor | Scalar) {
        setItem(this, [index], value);
      },
    });
  }
}

/**
 * What stands at the end of Tensor's prototype chain: it answers for the properties that no member
 * is called by. Ordinary members never meet it.
 *
 * @internal
 */
export const indexProperties = new Proxy(Object.create(null), {
  get(_target, key, receiver: Tensor) {
    if (typeof key === 'symbol') return undefined;
    if (looksLikeIndex(key)) return getItem(receiver, [key], new Tensor());
    const error = snakeCaseError(Tensor.prototype, key) ?? objectIndexError(key);
    if (error) throw error;
    return undefined;
  },

  set(_target, key, value: Tensor | Scalar, receiver: Tensor) {
    if (typeof key === 'string' && looksLikeIndex(key)) {
      setItem(receiver, [key], value);
      return true;
    }
    const error =
      typeof key === 'string'
        ? (snakeCaseError(Tensor.prototype, key) ?? objectIndexError(key))
        : undefined;
    if (error) throw error;
    return Reflect.defineProperty(receiver, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  },

  has(_target, key) {
    return typeof key === 'string' && looksLikeIndex(key);
  },
});

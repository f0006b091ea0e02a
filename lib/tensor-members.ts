import { getItem, looksLikeIndex, setItem } from './indexing.js';
import { snakeCaseError } from './naming.js';
import { Tensor } from './tensor.js';
import type { Scalar } from './types.js';

/** The number of a property such as `0` or `12`, the commonest of indices; else -1. */
function plainIndex(key: string): number {
  let index = 0;
  for (let i = 0; i < key.length; i++) {
    const digit = key.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    index = 10 * index + digit;
  }
  return index;
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
    const index = plainIndex(key);
    if (index >= 0) return receiver.select(0, index);
    if (looksLikeIndex(key)) return getItem(receiver, [key], new Tensor());
    const error = snakeCaseError(Tensor.prototype, key);
    if (error) throw error;
    return undefined;
  },

  set(_target, key, value: Tensor | Scalar, receiver: Tensor) {
    if (typeof key === 'string' && looksLikeIndex(key)) {
      setItem(receiver, [key], value);
      return true;
    }
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

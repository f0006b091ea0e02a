import { getItem, looksLikeIndex, setItem } from './indexing.js';
import { snakeCaseError } from './naming.js';
import { operators } from './operators.js';
import { Tensor } from './tensor.js';
import type { Scalar } from './types.js';

const DIGITS = /^\d+$/;

/**
 * What stands at the end of Tensor's prototype chain: it answers for the properties that no member
 * is called by. Ordinary members never meet it.
 *
 * @internal
 */
export const indexProperties = new Proxy(Object.create(null), {
  get(_target, key, receiver: Tensor) {
    if (typeof key === 'symbol') return undefined;
    if (looksLikeIndex(key)) {
      if (DIGITS.test(key)) return operators.torch.select(receiver, 0, Number(key));
      return getItem(receiver, [key], new Tensor());
    }
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

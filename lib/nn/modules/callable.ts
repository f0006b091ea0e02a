import { snakeCaseError } from '../../naming.js';
import { placeMember } from './module-members.js';

/** Read by the end of the prototype chain: the element at an index, negative ones from the end. */
export const getElement = Symbol('getElement');
/** Written by the end of the prototype chain: puts a value at an index that is no own property. */
export const setElement = Symbol('setElement');

interface Indexed {
  [getElement]?(index: number): unknown;
  [setElement]?(index: number, value: unknown): void;
  [placeMember]?(name: string): void;
}

const index = /^-?\d+$/;

/**
 * The end of a module's prototype chain. Only what no class and no instance has comes here, so
 * ordinary members never meet it: PyTorch's snake_case names, which throw a hint, and the indices
 * of containers, `layers[-1]`.
 */
const chainEnd = new Proxy(Object.create(Object.prototype), {
  get(target, key, receiver: Indexed) {
    if (typeof key === 'string' && !(key in target)) {
      if (index.test(key)) return receiver[getElement]?.(Number(key));
      if (key.includes('_')) {
        const error = snakeCaseError(Object.getPrototypeOf(receiver), key);
        if (error) throw error;
      }
    }
    return Reflect.get(target, key, receiver);
  },
  set(target, key, value, receiver: Indexed) {
    if (typeof key === 'string' && index.test(key)) {
      if (receiver[setElement]) {
        receiver[setElement](Number(key), value);
        return true;
      }
      receiver[placeMember]?.(key);
    }
    return Reflect.set(target, key, value, receiver);
  },
});

/**
 * A class whose instances are functions. An instance's own properties are those that its class
 * gives it; a function's `name` and `length` are not among them.
 *
 * @param call What calling an instance does.
 */
export abstract class Callable {
  constructor(call: (self: never, args: unknown[]) => unknown) {
    const self = (...args: unknown[]) => call(self as never, args);
    // Slower to read than a function that keeps both, by about 15 ns a call; but a container has
    // a length of its own, and a user's field may be called name.
    Reflect.deleteProperty(self, 'length');
    Reflect.deleteProperty(self, 'name');
    Object.setPrototypeOf(self, new.target.prototype);
    // biome-ignore lint/correctness/noConstructorReturn: this is how an instance is a function
    return self as unknown as this;
  }
}

Object.setPrototypeOf(Callable.prototype, chainEnd);

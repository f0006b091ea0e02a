import { snakeCaseError } from './naming.js';

/**
 * Puts a reader of last resort behind an object's members, which they never meet: Python's name of
 * a member throws an error that gives ours. Anything else that is missing is undefined, as ever.
 *
 * @internal
 */
export function withHints<T extends object>(owner: T): T {
  return Object.setPrototypeOf(
    owner,
    new Proxy(
      {},
      {
        get(target, key, receiver: T) {
          const error = typeof key === 'string' ? snakeCaseError(receiver, key) : undefined;
          if (error) throw error;
          return Reflect.get(target, key, receiver);
        },
      },
    ),
  );
}

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

/** Whether it is what `import * as` gives. */
function isModule(value: unknown): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === null &&
    Object.prototype.toString.call(value) === '[object Module]'
  );
}

/**
 * A module's members with hints, and those of the modules in it: what `import * as` gives cannot
 * have a reader of last resort.
 *
 * @internal
 */
export function moduleWithHints<T extends object>(module: T): T {
  const members = Object.entries(module).map(([name, value]) => [
    name,
    isModule(value) ? moduleWithHints(value) : value,
  ]);
  return withHints(Object.fromEntries(members));
}

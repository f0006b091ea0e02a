/**
 * Gives back what synchronous code returned.
 *
 * @throws TypeError with `message` where it is a Promise: what it waits for would run outside.
 *
 * @internal
 */
export function synchronous<R>(result: R, message: string): R {
  if (typeof (result as { then?: unknown } | null)?.then === 'function') {
    // The error below tells of the mistake; how the Promise ends is nobody's business then.
    if (result instanceof Promise) result.catch(() => {});
    throw new TypeError(message);
  }
  return result;
}

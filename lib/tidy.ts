import { idOf, isHandle, setId } from './handle.js';
import { native } from './native.js';
import { synchronous } from './synchronous.js';
import type { Tensor } from './tensor.js';

/** The ids of the tensors in a result: in arrays, objects, modules, Maps and Sets too. */
function collect(value: unknown, ids: number[], seen: Set<unknown>): void {
  // A module is a function.
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return;
  if (seen.has(value)) return;
  seen.add(value);
  if (isHandle(value)) ids.push(idOf(value));
  else if (value instanceof Map) for (const item of value.values()) collect(item, ids, seen);
  else if (Array.isArray(value) || value instanceof Set) {
    for (const item of value) collect(item, ids, seen);
  } else for (const item of Object.values(value)) collect(item, ids, seen);
}

native.setHeldReceiver((count) => {
  const some = count === 1 ? 'a tensor' : `${count} tensors or more`;
  process.emitWarning(
    `${some} that torch.tidy() freed at its end can still be reached, and will throw where used: return it from the function, or torch.keep() it`,
    { type: 'UserWarning', code: 'SCONCE_FREED_TENSOR_HELD' },
  );
});

/**
 * Runs `body` and frees at once every tensor that was made in it, but those in its result. An
 * extra: without it, the garbage collector frees them a little later.
 *
 * What must outlive the block and is not returned, a tensor stored in a variable outside say, is
 * marked by `torch.keep`; optimizers do so for their state, and gradients belong to their tensors.
 * What is forgotten and still held after a collection is warned of, once, with the code
 * `SCONCE_FREED_TENSOR_HELD`.
 *
 * @example
 * ```ts
 * const x = torch.tensor([3, 4]);
 * torch.tidy(() => x.pow(2).sum().sqrt()); // tensor(5.)
 * ```
 */
export function tidy<R>(body: () => R): R {
  if (typeof body !== 'function')
    throw new TypeError(`tidy() takes a function, got ${typeof body}`);
  native.beginScope();
  const kept: number[] = [];
  try {
    const result = synchronous(
      body(),
      'tidy() frees what synchronous code made; the function returned a Promise',
    );
    collect(result, kept, new Set());
    return result;
  } finally {
    for (const handle of native.endScope(kept)) setId(handle, 0);
  }
}

/**
 * Lets a tensor outlive the `torch.tidy` in which it was made, and returns it.
 *
 * @example
 * ```ts
 * let best = torch.zeros(2);
 * torch.tidy(() => {
 *   best = torch.keep(torch.ones(2).mul(3));
 * });
 * console.log(best); // tensor([3., 3.])
 * ```
 */
export function keep<T extends Tensor>(tensor: T): T {
  native.keep(idOf(tensor));
  return tensor;
}

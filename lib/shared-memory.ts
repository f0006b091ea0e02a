import * as workers from 'node:worker_threads';

/** Node 20 has no such function, and does not need to be asked. */
const { isMarkedAsUntransferable = () => false } = workers as {
  isMarkedAsUntransferable?: (buffer: ArrayBufferLike) => boolean;
};

function refuse(): never {
  throw new TypeError(
    'this ArrayBuffer is the memory of a tensor too, and cannot be transferred; slice() copies it',
  );
}

/** Sees to it that memory which a tensor and an ArrayBuffer share stays where it is. @internal */
export function pin(buffer: ArrayBufferLike): void {
  // postMessage() and structuredClone() copy what is marked, or throw. Memory of native code is
  // marked from the start; marked twice, it would stop Node 24 from exiting well.
  if (!isMarkedAsUntransferable(buffer)) workers.markAsUntransferable(buffer);
  // Node 22 heeds the mark there, and not in the buffer's own methods.
  for (const name of ['transfer', 'transferToFixedLength']) {
    if (name in buffer) Reflect.defineProperty(buffer, name, { value: refuse });
  }
}

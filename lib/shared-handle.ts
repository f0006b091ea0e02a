import { wrap } from './dispatch.js';
import { TorchError } from './errors.js';
import { isHandle, requiredId } from './handle.js';
import { native } from './native.js';
import { Buffer, Parameter } from './nn/parameter.js';
import { checkOptions, isPlainObject } from './options.js';
import type { Tensor } from './tensor.js';

/**
 * What {@link toHandle} gives and `postMessage` takes: plain data that stands for tensors of this
 * process, wherever in it they are opened. It cannot be guessed, and is of no use to another process.
 */
export interface SharedHandle<T> {
  /** 16 random bytes. While a thread or a message holds this very buffer, the tensors live. */
  readonly token: SharedArrayBuffer;
  /** What is handed over, with numbers in the place of tensors. */
  readonly value: Encoded;
  /** Only in types: what {@link fromHandle} gives. */
  readonly ' opens'?: T;
}

const TOKEN_BYTES = 16;

// How what is handed over is written: what is no object stands for itself, an object is
// [kind, ...]. So nothing that a user hands over can be taken for a tensor.
const TENSOR = 0;
const ARRAY = 1;
const OBJECT = 2;
const MAP = 3;
const SET = 4;
const OTHER = 5;

type Encoded = unknown;

const PLAIN = 0;
const PARAMETER = 1;
const BUFFER = 2;
const UNSAVED_BUFFER = 3;

function kindOf(tensor: Tensor): number {
  if (tensor instanceof Parameter) return PARAMETER;
  if (tensor instanceof Buffer) return tensor.persistent ? BUFFER : UNSAVED_BUFFER;
  return PLAIN;
}

function refuseFunction(value: object): never {
  throw new TypeError(
    'stateDict' in value
      ? 'toHandle(): code does not cross threads, and a module is code; hand over model.stateDict(), and load it into a module that is made there'
      : 'toHandle(): code does not cross threads, and a function is code',
  );
}

class Encoder {
  readonly tensors = new Map<Tensor, number>();
  readonly #open = new Set<object>();

  encode(value: unknown): Encoded {
    if (typeof value === 'function') refuseFunction(value);
    if (typeof value !== 'object' || value === null) return value;
    if (isHandle(value)) return this.#tensor(value as Tensor);
    if (this.#open.has(value)) {
      throw new TypeError('toHandle(): what is handed over contains itself');
    }
    this.#open.add(value);
    const encoded = this.#container(value);
    this.#open.delete(value);
    return encoded;
  }

  #tensor(tensor: Tensor): Encoded {
    const index = this.tensors.get(tensor) ?? this.tensors.size;
    this.tensors.set(tensor, index);
    return [TENSOR, index, kindOf(tensor)];
  }

  #container(value: object): Encoded {
    const pair = ([key, item]: [unknown, unknown]) => [this.encode(key), this.encode(item)];
    if (Array.isArray(value)) return [ARRAY, ...value.map((item) => this.encode(item))];
    if (value instanceof Map) return [MAP, ...[...value].map(pair)];
    if (value instanceof Set) return [SET, ...[...value].map((item) => this.encode(item))];
    if (isPlainObject(value)) return [OBJECT, ...Object.entries(value).map(pair)];
    return [OTHER, value];
  }
}

function revive(tensor: Tensor, kind: number): Tensor {
  if (kind === PLAIN) return tensor;
  const { requiresGrad } = tensor;
  const revived =
    kind === PARAMETER
      ? new Parameter(tensor, requiresGrad)
      : new Buffer(tensor, { persistent: kind === BUFFER });
  tensor.dispose();
  return revived;
}

class Decoder {
  readonly #revived: Tensor[] = [];

  constructor(readonly tensors: readonly Tensor[]) {}

  decode(encoded: Encoded): unknown {
    if (!Array.isArray(encoded)) return encoded;
    const [kind, ...items] = encoded as [number, ...unknown[]];
    const all = () => items.map((item) => this.decode(item));
    const pairs = () =>
      (items as [Encoded, Encoded][]).map(
        ([key, item]) => [this.decode(key), this.decode(item)] as [never, unknown],
      );
    if (kind === ARRAY) return all();
    if (kind === OBJECT) return Object.fromEntries(pairs());
    if (kind === MAP) return new Map(pairs());
    if (kind === SET) return new Set(all());
    if (kind === OTHER) return items[0];
    const [index, tensorKind] = items as [number, number];
    const tensor = this.tensors[index];
    if (kind !== TENSOR || tensor === undefined) {
      throw new TypeError("fromHandle(): the handle's value was changed on its way");
    }
    this.#revived[index] ??= revive(tensor, tensorKind);
    return this.#revived[index];
  }
}

/** After how many milliseconds it is first looked for handles that nothing holds any more. */
const FIRST_LOOK = 1000;
/** Those that stay are looked for ever more rarely, down to this. */
const LAST_LOOK = 64 * FIRST_LOOK;
/** After so long, what small collections overlook may be all that holds them. */
const THOROUGH_LOOKS = [8 * FIRST_LOOK, 32 * FIRST_LOOK];
/** Below these bytes a thorough look is not worth its time. */
const WORTH_COLLECTING = 1e6;

let watch: NodeJS.Timeout | undefined;
let delay = 0;

function look(): void {
  watch = undefined;
  native.idle();
  if (THOROUGH_LOOKS.includes(delay) && native.handleBytes() > WORTH_COLLECTING) {
    native.collect(false);
  }
  if (native.sweepHandles() > 0) lookAfter(Math.min(2 * delay, LAST_LOOK));
}

function lookAfter(milliseconds: number): void {
  delay = milliseconds;
  watch = setTimeout(look, delay).unref();
}

/**
 * Looks after the handles that are under way. A loop that never rests does so too, whenever it
 * collects garbage.
 */
function watchHandles(): void {
  if (watch !== undefined && delay === FIRST_LOOK) return;
  clearTimeout(watch);
  lookAfter(FIRST_LOOK);
}

/** The options of {@link toHandle}. */
export interface ToHandleOptions {
  /**
   * Whether the tensors leave this thread: they are disposed of here, and the handle can be opened
   * once. Default: false, both threads then see the same memory.
   */
  move?: boolean;
}

function tokenOf(where: string, handle: unknown): Uint8Array {
  const token = isPlainObject(handle) ? handle.token : undefined;
  if (!(token instanceof SharedArrayBuffer) || token.byteLength !== TOKEN_BYTES) {
    const isTensor = typeof handle === 'object' && handle !== null && isHandle(handle);
    throw new TypeError(
      `${where} takes what torch.toHandle() gave, as it came through postMessage(), got ${
        isTensor ? 'a Tensor' : handle === null ? 'null' : typeof handle
      }`,
    );
  }
  return new Uint8Array(token).slice();
}

/**
 * Makes of tensors, or of what holds them (arrays, objects, Maps and Sets: state dicts), a handle
 * that can be posted to another thread: by `postMessage`, `workerData`, a BroadcastChannel or
 * `structuredClone`. `torch.fromHandle` opens it there. Nothing is copied, however large: both
 * threads see the same memory, and what one writes the other reads, as with tensors that Python's
 * `torch.multiprocessing` sends. Who writes while another reads has to agree with it, by messages.
 *
 * Dtype, device, layout, strides and offset are kept, tensors on one memory stay so, and a tensor
 * that was given twice is the same there. Parameters stay parameters, `requiresGrad` is kept, and
 * gradients stay behind. The memory that is handed over cannot be resized any more.
 *
 * The handle keeps the tensors alive as long as anything holds it: this thread, another that has
 * received it, or a message that waits to be read. So one that is never opened leaks nothing: when
 * its message is dropped or its last holder is collected, the tensors are freed, within about a
 * second on a thread that rests. Where much goes through, `move` or `torch.closeHandle` frees it
 * without waiting for the collectors of both threads. On Windows, where Node cannot tell, they are freed at
 * `torch.closeHandle`, or when this thread ends.
 *
 * @param value The tensors, or what holds them. What else is in it must be data that `postMessage`
 * takes.
 * @param options.move Whether the tensors leave this thread: they are disposed of here, and the
 * handle can be opened once. Default: false.
 * @throws ValueError for a tensor that requires grad and is no leaf: autograd does not cross
 * threads.
 *
 * @example
 * ```ts
 * const { port1, port2 } = new MessageChannel();
 * port1.postMessage(torch.toHandle({ weight: torch.tensor([3, 4]) }));
 * port2.on('message', (handle) => {
 *   const { weight } = torch.fromHandle<{ weight: Tensor }>(handle);
 *   weight.norm(); // tensor(5.)
 *   port2.close();
 * });
 * ```
 * @see https://pytorch.org/docs/stable/multiprocessing.html
 */
export function toHandle<T>(value: T, options: ToHandleOptions = {}): SharedHandle<T> {
  checkOptions('toHandle()', options, ['move']);
  const { move = false } = options;
  if (typeof move !== 'boolean') {
    throw new TypeError(`toHandle(): move must be a boolean, got ${typeof move}`);
  }
  const encoder = new Encoder();
  const encoded = encoder.encode(value);
  const tensors = [...encoder.tensors.keys()];
  const token = new SharedArrayBuffer(TOKEN_BYTES);
  native.createHandle(tensors.map(requiredId), move, token, new Uint8Array(token));
  if (move) for (const tensor of tensors) tensor.dispose();
  watchHandles();
  return { token, value: encoded };
}

/**
 * Opens a handle that another thread, or this one, made by `torch.toHandle`: the tensors, in what
 * held them, on the very memory that they had there.
 *
 * @param handle The handle, as it came through `postMessage`.
 * @throws TypeError where it is no handle.
 * @throws TorchError `ERR_HANDLE` where it opens nothing: it was forged or closed, or its tensors
 * were moved and it was opened before.
 *
 * @example
 * ```ts
 * const handle = torch.toHandle(torch.ones(2), { move: true });
 * torch.fromHandle(structuredClone(handle)); // tensor([1., 1.])
 * torch.fromHandle(handle); // throws TorchError
 * ```
 * @see https://pytorch.org/docs/stable/multiprocessing.html
 */
export function fromHandle<T>(handle: SharedHandle<T>): T {
  const ids = native.openHandle(tokenOf('fromHandle()', handle));
  if (ids === undefined) {
    throw new TorchError(
      'fromHandle(): this handle opens nothing: its tensors were moved and it was opened before, it was closed, or torch.toHandle() of this process did not make it',
      { code: 'ERR_HANDLE' },
    );
  }
  watchHandles();
  const tensors = ids.map((id) => wrap(id) as Tensor);
  return new Decoder(tensors).decode(handle.value) as T;
}

/**
 * Closes a handle: it opens nothing any more, on any thread, and keeps no tensors alive. What was
 * opened from it stays. An extra: handles that nothing holds close by themselves.
 *
 * @param handle The handle.
 * @returns Whether there was something to close.
 *
 * @example
 * ```ts
 * const handle = torch.toHandle(torch.ones(2));
 * torch.closeHandle(handle); // true
 * torch.closeHandle(handle); // false
 * ```
 */
export function closeHandle(handle: SharedHandle<unknown>): boolean {
  return native.closeHandle(tokenOf('closeHandle()', handle));
}

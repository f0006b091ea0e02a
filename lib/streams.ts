import { Device } from './device.js';
import { TorchError } from './errors.js';
import { native } from './native.js';
import { type Call, checkFlags, Signature } from './options.js';
import type { DeviceLike } from './types.js';

/** libtorch's number of a stream, and the code of its device. @internal */
export type StreamPair = [id: number, device: number];

const deviceOf = (code: number) => Device.ofCode(Math.floor(code / 256), (code % 256) - 1);

/** The code of the device that this libtorch computes on beside the CPU. @internal */
export function acceleratorCode(): number {
  const type = native.accelerator();
  if (type < 0) {
    throw new TorchError('Cannot access accelerator device when none is available.', {
      code: 'ERR_NO_ACCELERATOR',
    });
  }
  return type * 256;
}

function codeOf(device: DeviceLike | number | null | undefined): number {
  if (device === null || device === undefined) return acceleratorCode();
  if (typeof device === 'number') return acceleratorCode() + device + 1;
  const { code, index } = Device.from(device);
  return code * 256 + (index ?? -1) + 1;
}

/** Marks a pair as one that is to be wrapped, not made. */
class Wrapped {
  constructor(readonly pair: StreamPair) {}
}

/** How a subclass names its device's stream to the constructor. @internal */
export const wrapped = (pair: StreamPair): never => new Wrapped(pair) as never;
/** @internal */
export const isWrapped = (value: unknown): value is never => value instanceof Wrapped;

const streamSignature = new Signature<{
  device: DeviceLike | number | null;
  priority: number;
}>('torch.Stream', { device: null }, { priority: 0 });

/**
 * A queue of work on a device, whose entries run one after the other; those of several streams run
 * side by side. `torch.cuda.Stream` is CUDA's.
 *
 * @param device Default: the one in use of the accelerator.
 * @param options.priority Of streams that compete, the lower number goes first. Default: 0.
 *
 * @throws TorchError where the machine has no accelerator.
 *
 * @example
 * ```ts
 * // needs a GPU
 * const stream = new torch.Stream('cuda');
 * torch.accelerator.setStream(stream);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.Stream.html
 */
export class Stream {
  /** libtorch's number of it. */
  readonly streamId: number;
  readonly device: Device;
  readonly #code: number;

  constructor(...args: Call<[], [device: DeviceLike | number | null], { priority?: number }>) {
    const [first] = args as unknown[];
    if (first instanceof Wrapped) {
      [this.streamId, this.#code] = first.pair;
    } else {
      const { device, priority } = streamSignature.bind(args);
      if (!Number.isInteger(priority)) {
        throw new TypeError(`torch.Stream: priority must be an integer, got ${String(priority)}`);
      }
      [this.streamId, this.#code] = native.newStream(codeOf(device), priority);
    }
    this.device = deviceOf(this.#code);
  }

  /** The index of its device. */
  get deviceIndex(): number {
    return this.device.index ?? 0;
  }

  /** libtorch's number for the type of its device. */
  get deviceType(): number {
    return this.device.code;
  }

  /** Of streams that compete, the lower number goes first. */
  get priority(): number {
    return native.streamPriority(this.streamId, this.#code);
  }

  /** The address of the device's own stream. */
  get nativeHandle(): bigint {
    return native.streamHandle(this.streamId, this.#code);
  }

  /** Whether everything that was put into it is done. */
  query(): boolean {
    return native.queryStream(this.streamId, this.#code);
  }

  /** Waits until everything that was put into it is done; the event loop waits too. */
  synchronize(): void {
    native.synchronizeStream(this.streamId, this.#code);
  }

  /** Puts an event into it, a new one by default, and returns that. */
  recordEvent(event: Event | null = null): Event {
    const recorded = event ?? new Event(this.device);
    recorded.record(this);
    return recorded;
  }

  /** Lets what is put into it from here on wait for an event. */
  waitEvent(event: Event): void {
    event.wait(this);
  }

  /** Lets what is put into it from here on wait for what another stream holds by now. */
  waitStream(stream: Stream): void {
    this.waitEvent(stream.recordEvent());
  }

  /** A Promise of when everything that was put into it by now is done. */
  done(): Promise<void> {
    return this.recordEvent().done();
  }

  /** Whether both are the same stream; Python's `==`. */
  equals(other: unknown): boolean {
    return (
      other instanceof Stream && other.streamId === this.streamId && other.device === this.device
    );
  }

  /** Lets a tensor's memory be used again only when this stream is done with it. @internal */
  static record(tensor: number, stream: Stream): void {
    native.recordStream(tensor, stream.streamId, stream.#code);
  }

  /** Makes it the one in use. @internal */
  static use(stream: Stream): void {
    native.setStream(stream.streamId, stream.#code);
  }

  /** What an event is put into, and what waits for one. @internal */
  static pairOf(stream: Stream): StreamPair {
    return [stream.streamId, stream.#code];
  }

  /** As Python's `repr` prints it. */
  toString(): string {
    return `torch.Stream device_type=${this.device.type}, device_index=${this.deviceIndex}, stream_id=${this.streamId}`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/** The options of {@link Event}. */
export interface EventOptions {
  /** Whether it notes the time. Default: false. */
  enableTiming?: boolean;
  /** Whether `synchronize` sleeps rather than spins. Default: false. */
  blocking?: boolean;
  /** Whether other processes may use it: not here. Default: false. */
  interprocess?: boolean;
}

const eventSignature = new Signature<Required<EventOptions> & { device: DeviceLike | null }>(
  'torch.Event',
  { device: null },
  { enableTiming: false, blocking: false, interprocess: false },
);

/**
 * A mark in a stream: it can be waited for by other streams, by JavaScript and by `await`, and two of
 * them measure time. `torch.cuda.Event` is CUDA's.
 *
 * @param device Default: the accelerator.
 *
 * Further arguments, by name: {@link EventOptions}.
 *
 * @example
 * ```ts
 * // needs a GPU
 * const event = new torch.Event('cuda');
 * event.record();
 * await event.done();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.Event.html
 */
export class Event {
  readonly #id: number;
  readonly #type: number;
  readonly #sleeps: boolean;

  constructor(...args: Call<[], [device: DeviceLike | null], EventOptions>) {
    const { device, enableTiming, blocking, interprocess } = eventSignature.bind(args);
    checkFlags('torch.Event', { enableTiming, blocking, interprocess });
    if (interprocess) {
      throw new TorchError(
        'torch.Event: an event that processes share is not supported; Workers of Node share their process, and its events',
      );
    }
    const code = codeOf(device);
    this.#id = native.newEvent(code, enableTiming, this);
    this.#type = Math.floor(code / 256) * 256;
    this.#sleeps = blocking;
  }

  /** The device on which it was recorded. */
  get device(): Device {
    return deviceOf(native.eventDevice(this.#id));
  }

  /** The address of the device's own event; 0 before it is recorded. */
  get eventId(): bigint {
    return native.eventHandle(this.#id);
  }

  #pair(stream: Stream | null): StreamPair {
    return stream === null ? native.currentStream(this.#type) : Stream.pairOf(stream);
  }

  /** Puts it into a stream. Default: the one in use. */
  record(stream: Stream | null = null): void {
    native.recordEvent(this.#id, ...this.#pair(stream));
  }

  /** Lets what is put into a stream from here on wait for it. Default: the one in use. */
  wait(stream: Stream | null = null): void {
    native.waitEvent(this.#id, ...this.#pair(stream));
  }

  /** Whether everything before it is done. */
  query(): boolean {
    return native.queryEvent(this.#id);
  }

  /** Waits until everything before it is done; the event loop waits too, see `done`. */
  synchronize(): void {
    native.synchronizeEvent(this.#id, this.#sleeps);
  }

  /** A Promise of when everything before it is done; the event loop is free meanwhile. */
  done(): Promise<void> {
    return native.eventDone(this.#id);
  }

  /**
   * The milliseconds between this event and a later one, both made with `enableTiming` and done.
   *
   * @throws ValueError where they do not time, or were not recorded.
   */
  elapsedTime(endEvent: Event): number {
    return native.elapsedTime(this.#id, endEvent.#id);
  }

  /** As Python's `repr` prints it. */
  toString(): string {
    const { type, index } = this.device;
    return `torch.Event device_type=${type}, device_index=${index ?? 0}, event_flag=${this.#sleeps ? 1 : 0}`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

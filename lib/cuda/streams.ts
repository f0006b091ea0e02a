import { TorchError } from '../errors.js';
import { ModeGuard, within } from '../grad-mode.js';
import { native } from '../native.js';
import { type Call, Signature } from '../options.js';
import {
  Event as AnyEvent,
  Stream as AnyStream,
  type EventOptions,
  isWrapped,
  wrapped,
} from '../streams.js';
import { existingGpu, type Gpu, gpuCode } from './utils.js';

const streamSignature = new Signature<{ device: Gpu; priority: number }>('torch.cuda.Stream', {
  device: null,
  priority: 0,
});

/**
 * A queue of work on a GPU, whose entries run one after the other; those of several streams run side
 * by side. What is called goes into the stream in use: `torch.cuda.stream` sets it for a block.
 *
 * @param device The GPU. Default: the one in use.
 * @param priority Of streams that compete, the lower number goes first. Default: 0.
 *
 * @example
 * ```ts
 * // needs a GPU
 * const side = new torch.cuda.Stream();
 * const a = torch.randn(1000, 1000, { device: 'cuda' });
 * side.waitStream(torch.cuda.currentStream());
 * const b = torch.cuda.stream(side, () => a.mm(a));
 * torch.cuda.currentStream().waitStream(side);
 * b.recordStream(torch.cuda.currentStream());
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.Stream.html
 */
export class Stream extends AnyStream {
  constructor(
    ...args: Call<[], [device: Gpu, priority: number], { device?: Gpu; priority?: number }>
  ) {
    if (isWrapped(args[0])) {
      super(args[0]);
      return;
    }
    const { device, priority } = streamSignature.bind(args);
    if (!Number.isInteger(priority)) {
      throw new TypeError(`torch.cuda.Stream: priority must be an integer, got ${priority}`);
    }
    if (!native.hasCuda()) {
      throw new TorchError('torch.cuda.Stream requires CUDA support', { code: 'ERR_NO_CUDA' });
    }
    super(wrapped(native.newStream(gpuCode(existingGpu(device)), priority)));
  }

  /** The address of the `cudaStream_t`. */
  get cudaStream(): bigint {
    return this.nativeHandle;
  }

  /** Puts an event into it, a new one by default, and returns that. */
  override recordEvent(event: AnyEvent | null = null): AnyEvent {
    return super.recordEvent(event ?? new Event());
  }

  /** As Python's `repr` prints it. */
  override toString(): string {
    return `<torch.cuda.Stream device=${this.device} cuda_stream=0x${this.cudaStream.toString(16)}>`;
  }
}

/**
 * A stream that another library made, by its address, which must live as long as this is used.
 *
 * @param streamPtr The address of the `cudaStream_t`.
 * @param device The GPU that it belongs to. Default: the one in use.
 *
 * @example
 * ```ts
 * // needs a GPU
 * new torch.cuda.ExternalStream(0x7f0012345680n, 0);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.ExternalStream.html
 */
export class ExternalStream extends Stream {
  constructor(streamPtr: bigint | number, device: Gpu = null) {
    super(wrapped([Number(streamPtr), gpuCode(existingGpu(device))]));
  }
}

/** The options of {@link Event}. */
export interface CudaEventOptions extends EventOptions {
  /** Whether a graph that is being captured waits for it as for one from outside: not here. */
  external?: boolean;
}

const eventSignature = new Signature<Required<CudaEventOptions>>('torch.cuda.Event', {
  enableTiming: false,
  blocking: false,
  interprocess: false,
  external: false,
});

/**
 * A mark in a stream of a GPU: it can be waited for by other streams, by JavaScript and by `await`,
 * and two of them measure time.
 *
 * Arguments, by position or by name: {@link EventOptions}, `external`.
 *
 * @example
 * ```ts
 * // needs a GPU
 * const start = new torch.cuda.Event({ enableTiming: true });
 * const end = new torch.cuda.Event({ enableTiming: true });
 * start.record();
 * torch.randn(1000, 1000, { device: 'cuda' }).exp();
 * end.record();
 * await end.done();
 * console.log(`${start.elapsedTime(end)} ms`);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.Event.html
 */
export class Event extends AnyEvent {
  constructor(
    ...args: Call<
      [],
      [enableTiming: boolean, blocking: boolean, interprocess: boolean, external: boolean],
      CudaEventOptions
    >
  ) {
    const { external, ...options } = eventSignature.bind(args);
    if (external) {
      throw new TorchError('torch.cuda.Event: external events, for graphs, are not supported');
    }
    super('cuda', options);
  }

  /** The address of the `cudaEvent_t`; 0 before it is recorded. */
  get cudaEvent(): bigint {
    return this.eventId;
  }

  /** As Python's `repr` prints it. */
  override toString(): string {
    const { cudaEvent } = this;
    return `<torch.cuda.Event ${cudaEvent === 0n ? 'uninitialized' : `0x${cudaEvent.toString(16)}`}>`;
  }
}

/**
 * The stream in use on a GPU.
 *
 * @param device Default: the GPU in use.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.cuda.currentStream().equals(torch.cuda.defaultStream()); // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.current_stream.html
 */
export function currentStream(device: Gpu = null): Stream {
  return new Stream(wrapped(native.currentStream(gpuCode(existingGpu(device)))));
}

/**
 * The stream that a GPU uses where nothing else is said.
 *
 * @param device Default: the GPU in use.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.cuda.defaultStream().synchronize();
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.default_stream.html
 */
export function defaultStream(device: Gpu = null): Stream {
  return new Stream(wrapped(native.defaultStream(gpuCode(existingGpu(device)))));
}

/**
 * A stream that another library made, by its address.
 *
 * @param dataPtr The address of the `cudaStream_t`, which must live as long as this is used.
 * @param device The GPU that it belongs to. Default: the one in use.
 *
 * @example
 * ```ts
 * // needs a GPU
 * const { cudaStream } = new torch.cuda.Stream();
 * torch.cuda.getStreamFromExternal(cudaStream).cudaStream === cudaStream; // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.get_stream_from_external.html
 */
export function getStreamFromExternal(dataPtr: bigint | number, device: Gpu = null): Stream {
  return new ExternalStream(dataPtr, device);
}

/**
 * Sets the stream in use on its GPU, and uses that GPU; `torch.cuda.stream` does so for a block.
 *
 * @param stream Null changes nothing.
 *
 * @example
 * ```ts
 * // needs a GPU
 * torch.cuda.setStream(new torch.cuda.Stream());
 * torch.cuda.setStream(torch.cuda.defaultStream());
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.set_stream.html
 */
export function setStream(stream: AnyStream | null): void {
  if (stream !== null) AnyStream.use(stream);
}

function useStream(stream: AnyStream | null): ModeGuard {
  if (stream === null || native.cudaDeviceCount() === 0) return new ModeGuard(() => {});
  const before = currentStream();
  const there = before.device === stream.device ? before : currentStream(stream.device);
  setStream(stream);
  return new ModeGuard(() => {
    if (there !== before) setStream(there);
    setStream(before);
  });
}

/**
 * Puts what `body` calls into a stream, and returns its result; without `body`, until the guard that
 * it returns is disposed of.
 *
 * @param stream Null changes nothing.
 *
 * @example
 * ```ts
 * // needs a GPU
 * const side = new torch.cuda.Stream();
 * torch.cuda.stream(side, () => torch.cuda.currentStream().equals(side)); // true
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.stream.html
 */
export function stream(stream: AnyStream | null): ModeGuard;
export function stream<R>(stream: AnyStream | null, body: () => R): R;
export function stream<R>(stream: AnyStream | null, body?: () => R): R | ModeGuard {
  return within(useStream(stream), body);
}

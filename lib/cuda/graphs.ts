import { ValueError } from '../errors.js';
import { ModeGuard } from '../grad-mode.js';
import { native } from '../native.js';
import { type Call, required, Signature } from '../options.js';
import { synchronous } from '../synchronous.js';
import { synchronize } from './device.js';
import { emptyCache } from './memory.js';
import { Stream, stream } from './streams.js';

/**
 * The name of a memory pool: what {@link graphPoolHandle} and `CUDAGraph.pool` give, and a capture
 * takes.
 */
export type PoolHandle = readonly [bigint, bigint];

/** What may be done meanwhile by other threads: an error, one on this thread only, or all. */
export type CaptureErrorMode = 'global' | 'thread_local' | 'relaxed';

const captureErrorModes = ['global', 'thread_local', 'relaxed'];

/** CUDA's number for a mode. @internal */
export function captureModeCode(where: string, mode: unknown): number {
  const code = captureErrorModes.indexOf(mode as string);
  if (code >= 0) return code;
  const known = captureErrorModes.map((name) => `'${name}'`).join(', ');
  throw new ValueError(`${where}: captureErrorMode must be one of ${known}, got ${String(mode)}`);
}

/** Throws for what is no pool. @internal */
export function checkPool(where: string, pool: unknown): asserts pool is PoolHandle | null {
  if (pool === null) return;
  if (!Array.isArray(pool) || pool.length !== 2 || pool.some((id) => typeof id !== 'bigint')) {
    throw new TypeError(
      `${where}: pool must be what graphPoolHandle() or a graph's pool() gave, got ${typeof pool}`,
    );
  }
}

const constructorSignature = new Signature<{ keepGraph: boolean }>('new cuda.CUDAGraph()', {
  keepGraph: false,
});
const beginSignature = new Signature<{
  pool: PoolHandle | null;
  captureErrorMode: CaptureErrorMode;
}>('CUDAGraph.captureBegin()', { pool: null, captureErrorMode: 'global' });

/**
 * Work on a GPU, captured once and replayed with one call: none of its kernels is launched by
 * JavaScript again, so small models run as fast as the GPU can. It works on the memory that it was
 * captured with: put new inputs into the tensors that it reads, by `copy_`, and read its results
 * from the tensors that it wrote.
 *
 * `cuda.graph` captures into one; `captureBegin` and `captureEnd` are what it is made of. Its memory
 * is its own as long as it lives: {@link CUDAGraph.reset} gives it back.
 *
 * @param keepGraph Whether CUDA's graph is kept beside what is run, for {@link
 * CUDAGraph.rawCudaGraph} and {@link CUDAGraph.debugDump}; it is instantiated by the first replay
 * then, or by {@link CUDAGraph.instantiate}. Default: false.
 *
 * @throws TorchError where libtorch has no CUDA, or finds no GPU.
 *
 * @example
 * ```ts
 * const x = torch.zeros(8, { device: 'cuda' });
 * const graph = new torch.cuda.CUDAGraph();
 * const y = torch.cuda.graph(graph, () => x.mul(2).add(1));
 * x.copy_(torch.ones(8));
 * graph.replay();
 * y.cpu(); // tensor([3., 3., 3., 3., 3., 3., 3., 3.])
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.CUDAGraph.html
 */
export class CUDAGraph implements Disposable {
  /** The graph in native code; it goes with this object. */
  readonly #graph: object;

  constructor(keepGraph?: boolean, options?: { keepGraph?: boolean });
  constructor(options: { keepGraph?: boolean });
  constructor(...args: unknown[]) {
    const { keepGraph } = constructorSignature.bind(args);
    if (typeof keepGraph !== 'boolean') {
      throw new TypeError(
        `new cuda.CUDAGraph(): keepGraph must be a boolean, got ${typeof keepGraph}`,
      );
    }
    this.#graph = native.newCudaGraph(keepGraph);
  }

  /**
   * Begins to capture what runs on the current stream, which must not be the default one. `cuda.graph`
   * does this, and what it takes around it.
   *
   * @param pool The memory pool to share with another graph: its `pool()`, or {@link
   * graphPoolHandle}'s. Graphs may share one that are always replayed in the order of their capture.
   * Default: null, its own.
   * @param captureErrorMode Which calls of CUDA that must not be made meanwhile are errors:
   * `'global'`, those of all threads; `'thread_local'`, this thread's; `'relaxed'`, none.
   * Default: `'global'`.
   *
   * @throws TorchError on the default stream, or while another capture is under way.
   *
   * @example
   * ```ts
   * const graph = new torch.cuda.CUDAGraph();
   * const x = torch.ones(3, { device: 'cuda' });
   * torch.cuda.stream(new torch.cuda.Stream(), () => {
   *   graph.captureBegin();
   *   x.add_(1);
   *   graph.captureEnd();
   * });
   * graph.replay();
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.cuda.CUDAGraph.html
   */
  captureBegin(
    pool?: PoolHandle | null,
    captureErrorMode?: CaptureErrorMode,
    options?: { pool?: PoolHandle | null; captureErrorMode?: CaptureErrorMode },
  ): void;
  captureBegin(options: { pool?: PoolHandle | null; captureErrorMode?: CaptureErrorMode }): void;
  captureBegin(...args: unknown[]): void {
    const where = 'CUDAGraph.captureBegin()';
    const { pool, captureErrorMode } = beginSignature.bind(args);
    checkPool(where, pool);
    native.cudaGraphCaptureBegin(this.#graph, pool, captureModeCode(where, captureErrorMode));
  }

  /**
   * Ends the capture.
   *
   * @throws TorchError where none is under way, or where a call that cannot be part of a graph came
   * within it.
   *
   * @example
   * ```ts
   * // needs a GPU
   * new torch.cuda.CUDAGraph().captureEnd(); // throws: no capture is under way
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.cuda.CUDAGraph.html
   */
  captureEnd(): void {
    native.cudaGraphCaptureEnd(this.#graph);
  }

  /**
   * Makes a graph that was captured with `keepGraph` ready to run; the first replay does so too.
   *
   * @example
   * ```ts
   * const graph = new torch.cuda.CUDAGraph({ keepGraph: true });
   * const x = torch.zeros(3, { device: 'cuda' });
   * torch.cuda.graph(graph, () => x.add_(1));
   * graph.instantiate();
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.cuda.CUDAGraph.html
   */
  instantiate(): void {
    native.cudaGraphInstantiate(this.#graph);
  }

  /**
   * Runs what was captured, on the current stream. Returns at once: the GPU works on.
   *
   * @throws TorchError where nothing was captured.
   *
   * @example
   * ```ts
   * const x = torch.zeros(1, { device: 'cuda' });
   * const graph = new torch.cuda.CUDAGraph();
   * torch.cuda.graph(graph, () => x.add_(1));
   * for (let i = 0; i < 3; i++) graph.replay();
   * x.item(); // 3
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.cuda.CUDAGraph.html
   */
  replay(): void {
    native.cudaGraphReplay(this.#graph);
  }

  /**
   * Forgets what was captured, and gives its memory back to its pool. It may capture again.
   *
   * @example
   * ```ts
   * const graph = new torch.cuda.CUDAGraph();
   * torch.cuda.graph(graph, () => torch.ones(3, { device: 'cuda' }));
   * graph.reset();
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.cuda.CUDAGraph.html
   */
  reset(): void {
    native.cudaGraphReset(this.#graph);
  }

  /** As {@link CUDAGraph.reset}, for `using`. */
  [Symbol.dispose](): void {
    this.reset();
  }

  /**
   * The memory pool that it was captured with, for another graph to share.
   *
   * @throws TorchError before a capture.
   *
   * @example
   * ```ts
   * const x = torch.ones(3, { device: 'cuda' });
   * const [first, second] = [new torch.cuda.CUDAGraph(), new torch.cuda.CUDAGraph()];
   * const y = torch.cuda.graph(first, () => x.mul(2));
   * torch.cuda.graph(second, { pool: first.pool() }, () => y.add(1));
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.cuda.CUDAGraph.html
   */
  pool(): PoolHandle {
    return native.cudaGraphPool(this.#graph);
  }

  /**
   * Has all graphs keep what {@link CUDAGraph.debugDump} writes. Before the capture.
   *
   * @example
   * ```ts
   * // needs a GPU
   * const graph = new torch.cuda.CUDAGraph({ keepGraph: true });
   * graph.enableDebugMode();
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.cuda.CUDAGraph.html
   */
  enableDebugMode(): void {
    native.cudaGraphEnableDebugMode(this.#graph);
  }

  /**
   * Writes the graph's nodes to a file, in Graphviz's format. The graph must have been made with
   * `keepGraph`, or, before libtorch 2.14, captured in debug mode.
   *
   * @example
   * ```ts
   * const graph = new torch.cuda.CUDAGraph({ keepGraph: true });
   * graph.enableDebugMode();
   * torch.cuda.graph(graph, () => torch.ones(3, { device: 'cuda' }));
   * graph.debugDump('graph.dot');
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.cuda.CUDAGraph.html
   */
  debugDump(debugPath: string): void {
    if (typeof debugPath !== 'string') {
      throw new TypeError(`CUDAGraph.debugDump(): expected a path, got ${typeof debugPath}`);
    }
    native.cudaGraphDebugDump(this.#graph, debugPath);
  }

  /**
   * The address of CUDA's graph, a `cudaGraph_t`. The graph must have been made with `keepGraph`.
   *
   * @example
   * ```ts
   * const graph = new torch.cuda.CUDAGraph({ keepGraph: true });
   * torch.cuda.graph(graph, () => torch.ones(3, { device: 'cuda' }));
   * graph.rawCudaGraph() > 0n; // true
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.cuda.CUDAGraph.html
   */
  rawCudaGraph(): bigint {
    return native.cudaGraphRaw(this.#graph);
  }

  /**
   * The address of what is run, a `cudaGraphExec_t`.
   *
   * @throws TorchError before it was instantiated.
   *
   * @example
   * ```ts
   * const graph = new torch.cuda.CUDAGraph();
   * torch.cuda.graph(graph, () => torch.ones(3, { device: 'cuda' }));
   * graph.rawCudaGraphExec() > 0n; // true
   * ```
   * @see https://pytorch.org/docs/stable/generated/torch.cuda.CUDAGraph.html
   */
  rawCudaGraphExec(): bigint {
    return native.cudaGraphRawExec(this.#graph);
  }
}

/**
 * A name for a memory pool that several graphs share: pass it to each capture.
 *
 * @throws TorchError where libtorch has no CUDA.
 *
 * @example
 * ```ts
 * const pool = torch.cuda.graphPoolHandle();
 * const graph = new torch.cuda.CUDAGraph();
 * torch.cuda.graph(graph, { pool }, () => torch.ones(3, { device: 'cuda' }));
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.graph_pool_handle.html
 */
export function graphPoolHandle(): PoolHandle {
  return native.newCudaPool();
}

/**
 * Whether a graph is being captured on the current stream.
 *
 * @example
 * ```ts
 * torch.cuda.isCurrentStreamCapturing(); // false
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.is_current_stream_capturing.html
 */
export function isCurrentStreamCapturing(): boolean {
  return native.cudaDeviceCount() > 0 && native.isCudaStreamCapturing();
}

/** The options of {@link graph}. */
export interface GraphOptions {
  /** The memory pool to share; see `CUDAGraph.captureBegin`. Default: null, the graph's own. */
  pool?: PoolHandle | null;
  /** The stream to capture on, not the default one. Default: null, one that is kept for it. */
  stream?: Stream | null;
  /** What other threads may do meanwhile; see `CUDAGraph.captureBegin`. Default: `'global'`. */
  captureErrorMode?: CaptureErrorMode;
}

interface GraphArguments extends Required<GraphOptions> {
  cudaGraph: CUDAGraph;
}

const graphSignature = new Signature<GraphArguments>('cuda.graph()', {
  cudaGraph: required,
  pool: null,
  stream: null,
  captureErrorMode: 'global',
});

let defaultCaptureStream: Stream | null = null;

/** Begins a capture; gives the two ways to end it. */
function enterCapture({ cudaGraph, pool, stream: given, captureErrorMode }: GraphArguments) {
  if (!(cudaGraph instanceof CUDAGraph)) {
    throw new TypeError(`cuda.graph(): expected a cuda.CUDAGraph, got ${typeof cudaGraph}`);
  }
  // What is dead gives its memory back, so that the graph can have it.
  synchronize();
  native.collect(false);
  emptyCache();
  defaultCaptureStream ??= new Stream();
  const onStream = stream(given ?? defaultCaptureStream);
  const leaveStream = () => onStream[Symbol.dispose]();
  try {
    cudaGraph.captureBegin(pool, captureErrorMode);
  } catch (error) {
    leaveStream();
    throw error;
  }
  const end = () => {
    try {
      cudaGraph.captureEnd();
    } finally {
      leaveStream();
    }
  };
  const abandon = () => {
    try {
      end();
      cudaGraph.reset();
    } catch {
      // The capture is broken already; what broke it is what the caller is told.
    }
  };
  return { end, abandon };
}

/**
 * Captures what `body` does on the GPU into a graph, and returns its result; nothing is computed
 * yet: `replay()` does that. Without a function at the end, returns a guard for `using`.
 *
 * A whole training step can be captured: `zeroGrad()`, forward, `backward()` and the step of an
 * optimizer that keeps its state on the GPU (`capturable`). Let it run a few times before, on
 * another stream than the default one, so that what libraries do once is done. What reads a value
 * (`item()`, `cpu()`, printing) or sizes a result by values (`nonzero()`, masks) cannot be captured
 * and throws; the graph is empty then.
 *
 * @param cudaGraph The graph.
 *
 * Further arguments, by position or by name: {@link GraphOptions}.
 *
 * @throws TorchError for what cannot be captured.
 *
 * @example
 * ```ts
 * const model = new nn.Linear(8, 1).to('cuda');
 * const optimizer = new optim.Adam(model.parameters(), { capturable: true });
 * const inputs = torch.zeros(4, 8, { device: 'cuda' });
 * const step = () => {
 *   optimizer.zeroGrad();
 *   const loss = model(inputs).square().mean();
 *   loss.backward();
 *   optimizer.step();
 *   return loss;
 * };
 * const side = new torch.cuda.Stream();
 * torch.cuda.stream(side, () => {
 *   for (let i = 0; i < 3; i++) step();
 * });
 * torch.cuda.currentStream().waitStream(side);
 * const graph = new torch.cuda.CUDAGraph();
 * const loss = torch.cuda.graph(graph, step);
 * for (let i = 0; i < 10; i++) {
 *   inputs.copy_(torch.randn(4, 8));
 *   graph.replay();
 * }
 * console.log(loss.item());
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.graph.html
 */
export function graph<R>(
  ...args: [
    ...Call<
      [cudaGraph: CUDAGraph],
      [pool: PoolHandle | null, stream: Stream | null, captureErrorMode: CaptureErrorMode],
      GraphOptions
    >,
    body: () => R,
  ]
): R;
export function graph(
  ...args: Call<
    [cudaGraph: CUDAGraph],
    [pool: PoolHandle | null, stream: Stream | null, captureErrorMode: CaptureErrorMode],
    GraphOptions
  >
): ModeGuard;
export function graph<R>(...args: unknown[]): R | ModeGuard {
  const last = args.at(-1);
  const body = typeof last === 'function' ? (last as () => R) : undefined;
  const { end, abandon } = enterCapture(graphSignature.bind(body ? args.slice(0, -1) : args));
  if (body === undefined) return new ModeGuard(end);
  let result: R;
  try {
    result = synchronous(body(), 'cuda.graph() captures synchronous code only, and got a Promise');
  } catch (error) {
    abandon();
    throw error;
  }
  end();
  return result;
}

import { writeFileSync } from 'node:fs';
import { ValueError } from '../errors.js';
import { native } from '../native.js';
import { checkFlags, Signature } from '../options.js';
import { Pickler } from '../pickle/pickler.js';
import { checkPool, type PoolHandle } from './graphs.js';

/** A line of JavaScript that led to a call. */
export interface Frame {
  name: string;
  filename: string;
  line: number;
}

/** A piece of a segment: a tensor's, or free. */
export interface Block {
  address: number;
  size: number;
  requested_size: number;
  state: 'active_allocated' | 'active_pending_free' | 'inactive';
  frames: Frame[];
}

/** Memory that the allocator has of the device, by one call of it. */
export interface Segment {
  device: number;
  address: number;
  total_size: number;
  allocated_size: number;
  active_size: number;
  requested_size: number;
  stream: number;
  segment_type: 'large' | 'small';
  segment_pool_id: [number, number];
  is_expandable: boolean;
  frames: Frame[];
  blocks: Block[];
}

/** Something that the allocator did. */
export interface TraceEntry {
  action: string;
  /** Where; of an `oom`, `device_free` stands in its place. */
  addr?: number;
  /** How many bytes the device had left. */
  device_free?: number;
  size: number;
  stream: number;
  time_us: number;
  pool_id: [number, number];
  frames: Frame[];
}

/** All that the allocator tells of itself, under PyTorch's names. */
export interface Snapshot {
  segments: Segment[];
  /** One list for each device. */
  device_traces: TraceEntry[][];
  allocator_settings: Record<string, string | number | boolean>;
  external_annotations: unknown[];
}

/** `at name (file:line:column)`, or without a name, as V8 writes it. */
const FRAME = /^\s*at (?:(.*) \()?(.*?):(\d+):\d+\)?$/;

function parseStack(stack: string): Frame[] {
  return stack.split('\n').flatMap((text) => {
    const match = FRAME.exec(text);
    if (!match) return [];
    const [, name = '<anonymous>', filename = '', line] = match;
    return [{ name, filename, line: Number(line) }];
  });
}

/** A snapshot in JSON, with stacks in V8's form, as PyTorch has it. @internal */
export function parseSnapshot(text: string): Snapshot {
  return JSON.parse(text, (_, value) => {
    if (typeof value?.stack !== 'string') return value;
    const { stack, ...rest } = value;
    return { ...rest, frames: parseStack(stack) };
  });
}

const takeSnapshot = (pool: PoolHandle | null, includeTraces: boolean) =>
  parseSnapshot(native.cudaSnapshot(pool, includeTraces));

const memorySnapshotSignature = new Signature<{
  mempoolId: PoolHandle | null;
  includeTraces: boolean;
}>('cuda.memorySnapshot()', { mempoolId: null, includeTraces: true });

/**
 * What the allocator holds of all devices: its segments, and the blocks in them.
 *
 * @param mempoolId A pool, for its segments only. Default: null, all.
 * @param includeTraces Accepted for PyTorch's sake: the traces are in `_snapshot()`.
 *
 * @throws TorchError where libtorch has no CUDA.
 *
 * @example
 * ```ts
 * const x = torch.ones(3, { device: 'cuda' });
 * torch.cuda.memorySnapshot()[0]?.segment_type; // 'small'
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.cuda.memory.memory_snapshot.html
 */
export function memorySnapshot(
  mempoolId?: PoolHandle | null,
  includeTraces?: boolean,
  options?: { mempoolId?: PoolHandle | null; includeTraces?: boolean },
): Segment[];
export function memorySnapshot(options: {
  mempoolId?: PoolHandle | null;
  includeTraces?: boolean;
}): Segment[];
export function memorySnapshot(...args: unknown[]): Segment[] {
  const { mempoolId, includeTraces } = memorySnapshotSignature.bind(args);
  checkPool('cuda.memorySnapshot()', mempoolId);
  checkFlags('cuda.memorySnapshot()', { includeTraces });
  return takeSnapshot(mempoolId, false).segments;
}

/**
 * The allocator's state, and, where {@link _recordMemoryHistory} was called, what led to it. The
 * names in it are PyTorch's own, so that PyTorch's tools read it; see {@link _dumpSnapshot}.
 *
 * @throws TorchError where libtorch has no CUDA.
 *
 * @example
 * ```ts
 * torch.cuda.memory._recordMemoryHistory();
 * const x = torch.ones(3, { device: 'cuda' });
 * const [traces] = torch.cuda.memory._snapshot().device_traces;
 * traces?.at(-1)?.frames[0]?.line; // the line of `torch.ones`
 * ```
 * @see https://pytorch.org/docs/stable/torch_cuda_memory.html
 */
export function _snapshot(): Snapshot {
  return takeSnapshot(null, true);
}

/**
 * Writes {@link _snapshot} to a file that PyTorch's viewer of memory shows.
 *
 * @param filename Default: `'dump_snapshot.pickle'`.
 *
 * @throws TorchError where libtorch has no CUDA.
 *
 * @example
 * ```ts
 * torch.cuda.memory._recordMemoryHistory();
 * const x = torch.ones(3, { device: 'cuda' });
 * torch.cuda.memory._dumpSnapshot('snapshot.pickle');
 * ```
 * @see https://pytorch.org/docs/stable/torch_cuda_memory.html
 */
export function _dumpSnapshot(filename = 'dump_snapshot.pickle'): void {
  if (typeof filename !== 'string') {
    throw new TypeError(
      `cuda.memory._dumpSnapshot(): filename must be a string, got ${typeof filename}`,
    );
  }
  writeFileSync(filename, pickleSnapshot(_snapshot()));
}

/** @internal */
export function pickleSnapshot(snapshot: Snapshot): Uint8Array {
  return new Pickler({
    reduce: () => undefined,
    entries: Object.entries,
    refuse: (value, path) => {
      throw new TypeError(`${path} of the snapshot cannot be pickled: ${String(value)}`);
    },
  }).dump(snapshot);
}

/** The options of {@link _recordMemoryHistory}. */
export interface RecordMemoryHistoryOptions {
  /** null: nothing any more; `'state'`: what is allocated; `'all'`: all that is done, too. */
  enabled?: 'state' | 'all' | null;
  /** For what the lines of JavaScript are kept: nothing, `'state'`, `'alloc'`, or `'all'`. */
  context?: 'state' | 'alloc' | 'all' | null;
  /** Accepted for PyTorch's sake: there are JavaScript's lines only. */
  stacks?: 'python' | 'all';
  /** How many of the last doings are kept. Default: all. */
  maxEntries?: number;
  /** Whether what was kept goes first. Default: false. */
  clearHistory?: boolean;
  /** Doings that are not kept, such as `'free_requested'`. */
  skipActions?: readonly string[] | null;
}

const historySignature = new Signature<Required<RecordMemoryHistoryOptions>>(
  'cuda.memory._recordMemoryHistory()',
  {
    enabled: 'all',
    context: 'all',
    stacks: 'all',
    maxEntries: Number.MAX_SAFE_INTEGER,
    clearHistory: false,
    skipActions: null,
  },
);

/** The place of a word in a list; throws where it is not there. */
function choose<T>(name: string, value: T, choices: readonly T[]): number {
  const index = choices.indexOf(value);
  if (index >= 0) return index;
  const known = choices.map((choice) => (choice === null ? 'null' : `'${choice}'`)).join(', ');
  throw new ValueError(
    `cuda.memory._recordMemoryHistory(): ${name} must be one of ${known}, got ${String(value)}`,
  );
}

/**
 * Has the allocator keep what it does, and by which lines of JavaScript, for {@link _snapshot}. It
 * costs a stack of JavaScript for each allocation: for finding out where memory went.
 *
 * Arguments, by position or by name: {@link RecordMemoryHistoryOptions}.
 *
 * @throws TorchError where libtorch has no CUDA.
 *
 * @example
 * ```ts
 * torch.cuda.memory._recordMemoryHistory({ maxEntries: 100_000 });
 * const x = torch.ones(3, { device: 'cuda' });
 * torch.cuda.memory._recordMemoryHistory(null);
 * ```
 * @see https://pytorch.org/docs/stable/torch_cuda_memory.html
 */
export function _recordMemoryHistory(
  enabled?: RecordMemoryHistoryOptions['enabled'],
  options?: RecordMemoryHistoryOptions,
): void;
export function _recordMemoryHistory(options: RecordMemoryHistoryOptions): void;
export function _recordMemoryHistory(...args: unknown[]): void {
  const where = 'cuda.memory._recordMemoryHistory()';
  const bound = historySignature.bind(args);
  const { enabled, context, stacks, maxEntries, clearHistory, skipActions } = bound;
  choose('enabled', enabled, [null, 'state', 'all']);
  choose('stacks', stacks, ['python', 'all']);
  const code = choose('context', context, [null, 'state', 'alloc', 'all']);
  checkFlags(where, { clearHistory });
  if (!Number.isSafeInteger(maxEntries) || maxEntries < 0) {
    throw new ValueError(`${where}: maxEntries must be a whole number, got ${maxEntries}`);
  }
  const skipped = skipActions ?? [];
  if (!Array.isArray(skipped) || skipped.some((action) => typeof action !== 'string')) {
    throw new TypeError(`${where}: skipActions must be a list of names`);
  }
  // What is done is kept for 'all' only.
  const entries = enabled === 'all' ? maxEntries : 1;
  native.cudaRecordHistory(enabled !== null, code, entries, clearHistory, skipped);
}

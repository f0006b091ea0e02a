import { TorchError } from '../errors.js';
import { native } from '../native.js';
import { userStack } from '../user-stack.js';
import { Snapshot, Statistic } from './snapshot.js';

/** `    at step (file:///train.js:3:7)` as `train.js:3:7`'s path and place alone. */
function place(line: string): string {
  const text = line.trim().replace(/^at (?:async )?/, '');
  return (/\(([^()]+)\)$/.exec(text)?.[1] ?? text).replace(/^file:\/\//, '');
}

/**
 * Begins to note which line of JavaScript allocates the memory of CPU tensors, as Python's
 * `tracemalloc` does: memory that autograd keeps counts for the line that computed it. It costs some
 * 20 microseconds for each tensor, and nothing when it is off. What lived before is not known.
 *
 * It holds for all threads; those that are to tell their lines call it too.
 *
 * @param nframe How many lines of the stack are noted. Default: 1.
 *
 * @example
 * ```ts
 * torch.memory.start();
 * const before = torch.memory.takeSnapshot();
 * const kept = [];
 * for (let step = 0; step < 3; step++) kept.push(torch.ones(1000));
 * const [most] = torch.memory.takeSnapshot().compareTo(before);
 * most?.countDiff; // 3
 * torch.memory.stop();
 * ```
 */
export function start(nframe = 1): void {
  if (!Number.isInteger(nframe) || nframe < 1 || nframe > 30) {
    throw new TypeError(
      `memory.start(): nframe must be a whole number from 1 to 30, got ${nframe}`,
    );
  }
  native.startTracing(() => userStack().slice(0, nframe).map(place).join('\n'));
}

/**
 * Ends what `start` began, and forgets what was noted.
 *
 * @example
 * ```ts
 * torch.memory.stop();
 * torch.memory.isTracing(); // false
 * ```
 */
export function stop(): void {
  native.stopTracing();
}

/**
 * Whether allocations are traced.
 *
 * @example
 * ```ts
 * torch.memory.isTracing(); // false
 * ```
 */
export function isTracing(): boolean {
  return native.isTracing();
}

/**
 * The bytes of what was allocated since `start` and lives, and the most that ever were.
 *
 * @example
 * ```ts
 * const [current, peak] = torch.memory.getTracedMemory();
 * current; // 0
 * ```
 */
export function getTracedMemory(): [current: number, peak: number] {
  return native.tracedMemory();
}

/** What lives, by the lines that allocated it. @internal */
export function tracedStatistics(): Statistic[] {
  const [lines, bytes, blocks] = native.tracedSites();
  return lines.map((line, i) => {
    const traceback = line === '' ? ['(no JavaScript)'] : line.split('\n');
    return new Statistic(traceback, bytes[i] as number, blocks[i] as number);
  });
}

/**
 * Which lines of JavaScript allocated the memory of tensors that lives now. Garbage is collected
 * first, so that what two snapshots differ by is held by something.
 *
 * @throws TorchError where `torch.memory.start()` was not called.
 *
 * @example
 * ```ts
 * torch.memory.start();
 * const weights = torch.zeros(100, 100);
 * const [largest] = torch.memory.takeSnapshot().statistics();
 * largest && largest.size >= 40_000; // true
 * torch.memory.stop();
 * ```
 */
export function takeSnapshot(): Snapshot {
  if (!isTracing()) {
    throw new TorchError(
      'memory.takeSnapshot(): nothing is traced; call torch.memory.start() first',
      {
        code: 'ERR_NOT_TRACING',
      },
    );
  }
  native.collect(false);
  return new Snapshot(tracedStatistics());
}

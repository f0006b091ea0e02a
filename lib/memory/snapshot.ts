import { checkOptions } from '../options.js';

/** As Python's tracemalloc writes sizes. */
function sizeText(size: number, isSigned = false): string {
  const sign = isSigned && size >= 0 ? '+' : '';
  let value = size;
  for (const unit of ['B', 'KiB', 'MiB', 'GiB']) {
    if (Math.abs(value) < 100 && unit !== 'B') return `${sign}${value.toFixed(1)} ${unit}`;
    if (Math.abs(value) < 10 * 1024) return `${sign}${value.toFixed(0)} ${unit}`;
    value /= 1024;
  }
  return `${sign}${value.toFixed(0)} TiB`;
}

const signed = (count: number) => `${count >= 0 ? '+' : ''}${count}`;

/**
 * What the memory of tensors that one place in the program allocated amounts to.
 *
 * @example
 * ```ts
 * torch.memory.start();
 * const x = torch.zeros(1000);
 * const [statistic] = torch.memory.takeSnapshot().statistics();
 * statistic?.count; // 1
 * console.log(`${statistic}`); // the line, its bytes and blocks
 * torch.memory.stop();
 * ```
 */
export class Statistic {
  /** @internal */
  constructor(
    /** The lines of JavaScript that led to the allocation, the innermost first. */
    readonly traceback: readonly string[],
    /** How many bytes live. */
    readonly size: number,
    /** In how many blocks of memory. */
    readonly count: number,
  ) {}

  /** As Python's tracemalloc prints it: the innermost line, its bytes and its blocks. */
  toString(): string {
    const average = sizeText(this.count > 0 ? this.size / this.count : 0);
    return `${this.traceback[0] ?? '?'}: size=${sizeText(this.size)}, count=${this.count}, average=${average}`;
  }
}

/**
 * How what one place in the program allocated has changed between two snapshots.
 *
 * @example
 * ```ts
 * torch.memory.start();
 * const before = torch.memory.takeSnapshot();
 * const x = torch.zeros(1000);
 * const [diff] = torch.memory.takeSnapshot().compareTo(before);
 * diff?.countDiff; // 1
 * torch.memory.stop();
 * ```
 */
export class StatisticDiff extends Statistic {
  /** @internal */
  constructor(
    traceback: readonly string[],
    size: number,
    /** How many bytes more live than in the older snapshot. */
    readonly sizeDiff: number,
    count: number,
    /** How many blocks more. */
    readonly countDiff: number,
  ) {
    super(traceback, size, count);
  }

  /** As Python's tracemalloc prints it, with the changes in parentheses. */
  override toString(): string {
    const average = sizeText(this.count > 0 ? this.size / this.count : 0);
    return `${this.traceback[0] ?? '?'}: size=${sizeText(this.size)} (${sizeText(this.sizeDiff, true)}), count=${this.count} (${signed(this.countDiff)}), average=${average}`;
  }
}

/** The options of {@link Snapshot.statistics} and {@link Snapshot.compareTo}. */
export interface SnapshotOptions {
  /**
   * Whether what was allocated at the same line by different ways counts together, where more than
   * one line was traced. Default: false.
   */
  cumulative?: boolean;
}

function grouped(all: readonly Statistic[], { cumulative = false }: SnapshotOptions) {
  const groups = new Map<string, Statistic>();
  for (const one of all) {
    const lines = cumulative ? one.traceback.slice(0, 1) : one.traceback;
    const key = lines.join('\n');
    const before = groups.get(key) ?? new Statistic(lines, 0, 0);
    groups.set(key, new Statistic(lines, before.size + one.size, before.count + one.count));
  }
  return groups;
}

/**
 * Which lines of JavaScript had allocated the memory of tensors that lived at a moment; see
 * `torch.memory.takeSnapshot`.
 *
 * @example
 * ```ts
 * torch.memory.start();
 * const before = torch.memory.takeSnapshot();
 * torch.ones(10); // garbage is no difference
 * torch.memory.takeSnapshot().compareTo(before).length; // 0
 * torch.memory.stop();
 * ```
 */
export class Snapshot {
  readonly #all: readonly Statistic[];

  /** @internal */
  constructor(all: readonly Statistic[]) {
    this.#all = all;
  }

  /** What lived, by the place that allocated it: the largest first. */
  statistics(options: SnapshotOptions = {}): Statistic[] {
    checkOptions('statistics()', options, ['cumulative']);
    return [...grouped(this.#all, options).values()].sort((a, b) => b.size - a.size);
  }

  /**
   * What has changed since an older snapshot, by the place that allocated it: the largest change
   * first. A leak is what grows from one step to the next.
   *
   * @param old The older snapshot.
   */
  compareTo(old: Snapshot, options: SnapshotOptions = {}): StatisticDiff[] {
    checkOptions('compareTo()', options, ['cumulative']);
    if (!(old instanceof Snapshot)) throw new TypeError('compareTo() takes an older Snapshot');
    const [now, before] = [grouped(this.#all, options), grouped(old.#all, options)];
    const diffs = [...new Set([...now.keys(), ...before.keys()])].map((key) => {
      const [a, b] = [now.get(key), before.get(key)];
      const [size, count] = [a?.size ?? 0, a?.count ?? 0];
      const { traceback } = (a ?? b) as Statistic;
      return new StatisticDiff(
        traceback,
        size,
        size - (b?.size ?? 0),
        count,
        count - (b?.count ?? 0),
      );
    });
    return diffs.sort((a, b) => Math.abs(b.sizeDiff) - Math.abs(a.sizeDiff) || b.size - a.size);
  }
}

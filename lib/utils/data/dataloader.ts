import { setImmediate as nextTurn } from 'node:timers/promises';
import { NotImplementedError, ValueError } from '../../errors.js';
import type { Generator } from '../../generator.js';
import { type Call, required, Signature } from '../../options.js';
import { type Collated, type Converted, defaultCollate, defaultConvert } from './collate.js';
import { IterableDataset } from './dataset.js';
import {
  type AnyDataset,
  itemOf,
  type MapDataset,
  remaining,
  type SampleOf,
  type Sized,
  wholeBatch,
} from './fetch.js';
import { pinMemory } from './pin-memory.js';
import { drawSeed } from './random.js';
import {
  BatchSampler,
  batchCount,
  checkCount,
  RandomSampler,
  SequentialSampler,
} from './sampler.js';

type SizedIterable<T> = Iterable<T> & Partial<Sized>;

/** The options of a `DataLoader` beside `batchSize` and `collateFn`. */
export interface DataLoaderOptions {
  /** Whether to shuffle the samples anew in each epoch. */
  shuffle?: boolean | null;
  /** The order of the samples: any iterable of indices. Not together with `shuffle`. */
  sampler?: SizedIterable<number> | null;
  /** The batches: any iterable of iterables of indices. In place of all other ordering options. */
  batchSampler?: SizedIterable<Iterable<number>> | null;
  /** How many workers load; only 0, the calling thread, so far. */
  numWorkers?: number;
  /** Whether to move batches to page-locked memory, from which a GPU copies faster. */
  pinMemory?: boolean;
  /** Whether to leave out a last batch that is smaller. */
  dropLast?: boolean;
  /** Only for workers. */
  timeout?: number;
  /** Called in each worker; never without any. */
  workerInitFn?: ((workerId: number) => void) | null;
  /** Only for workers. */
  multiprocessingContext?: null;
  /** Where the shuffle draws from; by default the default generator. */
  generator?: Generator | null;
  /** Only for workers. */
  prefetchFactor?: null;
  /** Only for workers. */
  persistentWorkers?: false;
  /** Whether batches come in order; without workers they do. */
  inOrder?: boolean;
  /** Ends an epoch between two batches: iteration throws the signal's reason. JavaScript's own. */
  signal?: AbortSignal | null;
}

type Bound = Required<DataLoaderOptions> & {
  dataset: AnyDataset;
  batchSize: number | null;
  // biome-ignore lint/suspicious/noExplicitAny: takes whatever the dataset's samples are.
  collateFn: ((samples: any) => unknown) | null;
};

const signature = new Signature<Bound>(
  'utils.data.DataLoader',
  {
    dataset: required,
    batchSize: 1,
    shuffle: null,
    sampler: null,
    batchSampler: null,
    numWorkers: 0,
    collateFn: null,
    pinMemory: false,
    dropLast: false,
    timeout: 0,
    workerInitFn: null,
    multiprocessingContext: null,
    generator: null,
  },
  { prefetchFactor: null, persistentWorkers: false, inOrder: true, signal: null },
);

function checkWorkers(options: Bound): void {
  if (options.numWorkers !== 0) {
    throw new NotImplementedError(
      `DataLoader: numWorkers is ${options.numWorkers}, and so far samples are loaded in the calling thread only. Leave numWorkers out or set it to 0; where loading is slow, give the dataset a getItems() that answers a whole batch at once`,
    );
  }
  for (const [name, only] of [
    ['timeout', 0],
    ['multiprocessingContext', null],
    ['prefetchFactor', null],
    ['persistentWorkers', false],
  ] as const) {
    if (options[name] !== only) {
      throw new ValueError(`DataLoader: ${name} is for workers only; leave it out`);
    }
  }
}

function checkDataset(dataset: AnyDataset): void {
  if (dataset instanceof IterableDataset || Array.isArray(dataset)) return;
  if (typeof (dataset as { getItem?: unknown } | null)?.getItem !== 'function') {
    throw new TypeError(
      'DataLoader: the dataset must be an array, have `getItem(index)` and `length`, or extend IterableDataset. A tensor is made a dataset by `new TensorDataset(x)`',
    );
  }
}

function checkCollate({ collateFn }: Bound): void {
  if (collateFn !== null && typeof collateFn !== 'function') {
    throw new TypeError(`DataLoader: collateFn must be a function, got ${typeof collateFn}`);
  }
}

function checkSignal({ signal }: Bound): void {
  if (signal !== null && !(signal instanceof AbortSignal)) {
    throw new TypeError(`DataLoader: signal must be an AbortSignal, got ${typeof signal}`);
  }
}

function checkOrder(options: Bound): void {
  const given = (['shuffle', 'sampler', 'batchSampler'] as const).filter((name) => options[name]);
  const streams = options.dataset instanceof IterableDataset;
  if (streams && given.length > 0) {
    throw new ValueError(
      `DataLoader: an IterableDataset brings its own order, so ${given[0]} cannot be given`,
    );
  }
  if (options.sampler && options.shuffle) {
    throw new ValueError('DataLoader: give either sampler or shuffle, not both');
  }
  if (options.batchSampler && (options.batchSize !== 1 || given.length > 1 || options.dropLast)) {
    throw new ValueError(
      'DataLoader: batchSampler stands in place of batchSize, shuffle, sampler and dropLast; give it alone',
    );
  }
  if (options.batchSize === null && options.dropLast) {
    throw new ValueError('DataLoader: without batches (batchSize: null) dropLast means nothing');
  }
}

class Loader<Batch, Source extends AnyDataset> implements Iterable<Batch>, AsyncIterable<Batch> {
  static readonly name = 'DataLoader';

  readonly dataset: Source;
  /** The samples to a batch; null without batches, or where a `batchSampler` was given. */
  readonly batchSize: number | null;
  /** The order of the samples; null for an `IterableDataset`. */
  readonly sampler: SizedIterable<number> | null;
  /** The batches of indices; null without batches, or for an `IterableDataset`. */
  readonly batchSampler: SizedIterable<Iterable<number>> | null;
  readonly numWorkers = 0;
  // biome-ignore lint/suspicious/noExplicitAny: takes whatever the dataset's samples are.
  readonly collateFn: (samples: any) => unknown;
  readonly pinMemory: boolean;
  readonly dropLast: boolean;
  readonly generator: Generator | null;
  readonly signal: AbortSignal | null;

  constructor(...args: readonly unknown[]) {
    const options = signature.bind(args);
    checkWorkers(options);
    checkDataset(options.dataset);
    checkCollate(options);
    checkOrder(options);
    checkSignal(options);
    const { dataset, batchSize, dropLast, generator } = options;
    if (batchSize !== null) checkCount(signature.where, 'batchSize', batchSize);
    this.dataset = dataset as Source;
    this.batchSize = options.batchSampler ? null : batchSize;
    this.pinMemory = options.pinMemory;
    this.dropLast = dropLast;
    this.generator = generator;
    this.signal = options.signal;
    this.sampler = options.sampler;
    this.batchSampler = options.batchSampler;
    if (!(dataset instanceof IterableDataset)) {
      this.sampler ??= options.shuffle
        ? new RandomSampler(dataset, { generator })
        : new SequentialSampler(dataset);
      if (batchSize !== null) {
        this.batchSampler ??= new BatchSampler(this.sampler, batchSize, dropLast);
      }
    }
    this.collateFn = options.collateFn ?? (this.#batches ? defaultCollate : defaultConvert);
  }

  get #batches(): boolean {
    return this.batchSampler !== null || this.batchSize !== null;
  }

  /** How many batches an epoch has; without batches, how many samples. */
  get length(): number {
    const counted = this.batchSampler ?? this.sampler ?? (this.dataset as IterableDataset<unknown>);
    const { length } = counted as Partial<Sized>;
    if (length === undefined) {
      throw new TypeError('DataLoader: its dataset or sampler has no length, so it has none');
    }
    if (counted !== this.dataset || this.batchSize === null) return length;
    return batchCount(length, this.batchSize, this.dropLast);
  }

  /** Begins an epoch. */
  [Symbol.iterator](): IterableIterator<Batch> {
    const batches = this.batchSampler?.[Symbol.iterator]();
    const singles = batches ? undefined : this.sampler?.[Symbol.iterator]();
    // PyTorch draws a seed for its workers here, after the samplers' turn, also where it has none.
    drawSeed(this.generator);
    const dataset: unknown = this.dataset;
    return (
      batches
        ? this.#batched(dataset as MapDataset<unknown>, batches)
        : singles
          ? this.#single(dataset as MapDataset<unknown>, singles)
          : this.#stream((dataset as IterableDataset<unknown>)[Symbol.iterator]())
    ) as IterableIterator<Batch>;
  }

  /** Begins an epoch that lets the event loop turn before each batch. */
  async *[Symbol.asyncIterator](): AsyncIterableIterator<Batch> {
    for (const batch of this) {
      await nextTurn();
      this.signal?.throwIfAborted();
      yield batch;
    }
  }

  *#whileWanted<T>(rest: Iterator<T>): Iterable<T> {
    this.signal?.throwIfAborted();
    for (const item of remaining(rest)) {
      yield item;
      this.signal?.throwIfAborted();
    }
  }

  *#single(dataset: MapDataset<unknown>, order: Iterator<number>) {
    for (const index of this.#whileWanted(order)) {
      yield this.#finish(this.collateFn(itemOf(dataset, index)));
    }
  }

  *#batched(dataset: MapDataset<unknown>, order: Iterator<Iterable<number>>) {
    for (const drawn of this.#whileWanted(order)) {
      const indices = Array.isArray(drawn) ? (drawn as number[]) : [...drawn];
      const whole = this.collateFn === defaultCollate ? wholeBatch(dataset, indices) : undefined;
      yield this.#finish(whole ?? this.collateFn(indices.map((index) => itemOf(dataset, index))));
    }
  }

  *#stream(samples: Iterator<unknown>) {
    let batch: unknown[] = [];
    for (const sample of this.#whileWanted(samples)) {
      if (this.batchSize === null) {
        yield this.#finish(this.collateFn(sample));
        continue;
      }
      batch.push(sample);
      if (batch.length === this.batchSize) {
        yield this.#finish(this.collateFn(batch));
        batch = [];
      }
    }
    if (batch.length > 0 && !this.dropLast) yield this.#finish(this.collateFn(batch));
  }

  #finish(batch: unknown): unknown {
    return this.pinMemory ? pinMemory(batch) : batch;
  }
}

type BatchOf<Source> = Collated<SampleOf<Source>>;
type Merge<Source, Batch> = { collateFn: (samples: SampleOf<Source>[]) => Batch };
type Convert<Source, Out> = { collateFn: (sample: SampleOf<Source>) => Out };
type Plain = { collateFn?: null };
type Batching = { batchSize?: number };
type Single = { batchSize: null };

/** The ways to make a `DataLoader`: the type of its batches follows from the dataset's samples. */
export interface DataLoaderConstructor {
  readonly prototype: Loader<unknown, AnyDataset>;
  new <Source extends AnyDataset>(
    dataset: Source,
    options?: DataLoaderOptions & Batching & Plain,
  ): Loader<BatchOf<Source>, Source>;
  new <Source extends AnyDataset, Batch>(
    dataset: Source,
    options: DataLoaderOptions & Batching & Merge<Source, Batch>,
  ): Loader<Batch, Source>;
  new <Source extends AnyDataset>(
    dataset: Source,
    options: DataLoaderOptions & Single & Plain,
  ): Loader<Converted<SampleOf<Source>>, Source>;
  new <Source extends AnyDataset, Out>(
    dataset: Source,
    options: DataLoaderOptions & Single & Convert<Source, Out>,
  ): Loader<Out, Source>;
  new <Source extends AnyDataset>(
    dataset: Source,
    batchSize: number,
    options?: DataLoaderOptions & Plain,
  ): Loader<BatchOf<Source>, Source>;
  new <Source extends AnyDataset, Batch>(
    dataset: Source,
    batchSize: number,
    options: DataLoaderOptions & Merge<Source, Batch>,
  ): Loader<Batch, Source>;
  new <Source extends AnyDataset, Batch = BatchOf<Source>>(
    dataset: Source,
    batchSize: number,
    shuffle: boolean | null,
    ...rest: Call<
      [],
      PositionalRest<Source, Batch>,
      DataLoaderOptions & Partial<Merge<Source, Batch>>
    >
  ): Loader<Batch, Source>;
}

type PositionalRest<Source, Batch> = [
  sampler: SizedIterable<number> | null,
  batchSampler: SizedIterable<Iterable<number>> | null,
  numWorkers: number,
  collateFn: ((samples: SampleOf<Source>[]) => Batch) | null,
  pinMemory: boolean,
  dropLast: boolean,
  timeout: number,
  workerInitFn: ((workerId: number) => void) | null,
  multiprocessingContext: null,
  generator: Generator | null,
];

/**
 * Gives a dataset's samples in batches: `for (const [inputs, labels] of loader)`. Each `for` is an
 * epoch, and shuffles anew. `for await` gives the same batches, and lets the event loop turn before
 * each.
 *
 * The random numbers are drawn from the same generators and in the same order as in PyTorch, so
 * that after the same `manualSeed` the batches, and whatever is drawn after them, are the same.
 *
 * @param dataset - A `Dataset`, an array of samples, or an `IterableDataset`.
 * @param batchSize - How many samples to a batch, 1 by default; null for single samples, without a
 *   batch dimension.
 * @param shuffle - Whether to shuffle the samples anew in each epoch. Default: false.
 * @param sampler - The order of the samples: any iterable of indices.
 * @param batchSampler - The batches: any iterable of arrays of indices.
 * @param numWorkers - How many workers load; only 0, the calling thread, so far.
 * @param collateFn - Makes an array of samples a batch; `defaultCollate` by default.
 * @param pinMemory - Whether to move batches to page-locked memory. Default: false.
 * @param dropLast - Whether to leave out a last batch that is smaller. Default: false.
 * @param timeout - Only for workers.
 * @param workerInitFn - Only for workers.
 * @param multiprocessingContext - Only for workers.
 * @param generator - Where the shuffle draws from; by default the default generator.
 * @param options.signal - An AbortSignal that ends an epoch between two batches: iteration then
 *   throws the signal's reason. Default: none. JavaScript's own way to cancel; Python has none.
 * @throws ValueError for options that exclude one another.
 * @throws NotImplementedError for `numWorkers` above 0.
 * @example
 * ```ts
 * const data = new utils.data.TensorDataset(torch.randn(256, 3), torch.zeros(256));
 * const loader = new utils.data.DataLoader(data, { batchSize: 64, shuffle: true });
 * loader.length; // 4
 * for (const [inputs, labels] of loader) {
 *   console.log(inputs.shape, labels.shape); // [64, 3] [64]
 * }
 * ```
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader
 * @class
 */
export const DataLoader = Loader as unknown as DataLoaderConstructor;
export type DataLoader<Batch, Source extends AnyDataset = MapDataset<unknown>> = Loader<
  Batch,
  Source
>;

import { asTensor } from '../../creation.js';
import { float64, int64 } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import { Generator } from '../../generator.js';
import { operators } from '../../operators.js';
import { type Call, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import type { Sized } from './fetch.js';
import { drawSeed, permutation, toNumbers } from './random.js';

/** Throws unless a count is a positive integer. */
export function checkCount(where: string, name: string, value: unknown): void {
  if (!Number.isSafeInteger(value) || (value as number) <= 0) {
    throw new ValueError(`${where}: ${name} must be a positive integer, got ${String(value)}`);
  }
}

function checkBoolean(where: string, name: string, value: unknown): void {
  if (typeof value !== 'boolean') {
    throw new TypeError(`${where}: ${name} must be a boolean, got ${String(value)}`);
  }
}

/**
 * Says in which order a dataset's samples come: an iterable of indices, or of batches of indices.
 * A subclass has `[Symbol.iterator]` and may have `length`, which a `DataLoader`'s length needs.
 *
 * @example
 * ```ts
 * class Backwards extends utils.data.Sampler {
 *   constructor(readonly length: number) {
 *     super();
 *   }
 *   *[Symbol.iterator]() {
 *     for (let i = this.length - 1; i >= 0; i--) yield i;
 *   }
 * }
 * new utils.data.DataLoader(dataset, { sampler: new Backwards(dataset.length) });
 * ```
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.Sampler
 */
export abstract class Sampler<T = number> implements Iterable<T> {
  abstract [Symbol.iterator](): Iterator<T>;
}

/**
 * The indices in order.
 *
 * @param dataSource - A dataset, or anything that has a length.
 *
 * @example
 * ```ts
 * [...new utils.data.SequentialSampler(['a', 'b', 'c'])]; // [0, 1, 2]
 * ```
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.SequentialSampler
 */
export class SequentialSampler extends Sampler {
  readonly dataSource: Sized;

  constructor(dataSource: Sized) {
    super();
    this.dataSource = dataSource;
  }

  override *[Symbol.iterator](): IterableIterator<number> {
    const { length } = this;
    for (let i = 0; i < length; i++) yield i;
  }

  /** How many there are in one iteration. */
  get length(): number {
    return this.dataSource.length;
  }
}

interface RandomSamplerOptions {
  replacement?: boolean;
  numSamples?: number | null;
  generator?: Generator | null;
}

const randomSampler = new Signature<Required<RandomSamplerOptions> & { dataSource: Sized }>(
  'utils.data.RandomSampler',
  { dataSource: required, replacement: false, numSamples: null, generator: null },
);

/**
 * The indices at random, shuffled anew in each iteration.
 *
 * @param dataSource - A dataset, or anything that has a length.
 * @param replacement - Whether an index may be drawn again before the others were.
 * @param numSamples - How many to draw; by default as many as there are.
 * @param generator - Where to draw from; by default each iteration has a generator of its own,
 *   whose seed is drawn from the default one.
 * @throws ValueError where `numSamples` is not positive, as for an empty dataset.
 * @example
 * ```ts
 * const sampler = new utils.data.RandomSampler(dataset, { replacement: true, numSamples: 10 });
 * [...sampler].length; // 10
 * ```
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.RandomSampler
 */
export class RandomSampler extends Sampler {
  readonly dataSource: Sized;
  readonly replacement: boolean;
  readonly generator: Generator | null;
  readonly #numSamples: number | null;

  constructor(
    ...args: Call<
      [dataSource: Sized],
      [replacement: boolean, numSamples: number | null, generator: Generator | null],
      RandomSamplerOptions
    >
  ) {
    super();
    const { dataSource, replacement, numSamples, generator } = randomSampler.bind(args);
    this.dataSource = dataSource;
    this.replacement = replacement;
    this.#numSamples = numSamples;
    this.generator = generator;
    checkBoolean(randomSampler.where, 'replacement', replacement);
    checkCount(randomSampler.where, 'numSamples', this.numSamples);
  }

  /** How many indices one iteration draws. */
  get numSamples(): number {
    return this.#numSamples ?? this.dataSource.length;
  }

  /** How many there are in one iteration. */
  get length(): number {
    return this.numSamples;
  }

  // What is drawn, and when, follows PyTorch to the letter: also that the last, perhaps empty,
  // chunk is drawn once the ones before it are used up.
  override *[Symbol.iterator](): IterableIterator<number> {
    const generator = this.generator ?? new Generator().manualSeed(drawSeed(null));
    const { numSamples } = this;
    const n = this.dataSource.length;
    checkCount(randomSampler.where, "dataSource's length", n);
    const chunkSize = this.replacement ? 32 : n;
    const draw = this.replacement
      ? (count: number) => randomIndices(n, count, generator)
      : (count: number) => permutation(n, generator).subarray(0, count);
    for (let start = 0; start + chunkSize <= numSamples; start += chunkSize) {
      for (const index of draw(chunkSize)) yield index;
    }
    for (const index of draw(numSamples % chunkSize)) yield index;
  }
}

function randomIndices(n: number, count: number, generator: Generator): Float64Array {
  return toNumbers(operators.torch.randint(n, [count], { dtype: int64, generator }));
}

interface SubsetRandomSamplerArguments {
  indices: ArrayLike<number>;
  generator: Generator | null;
}

const subsetRandomSampler = new Signature<SubsetRandomSamplerArguments>(
  'utils.data.SubsetRandomSampler',
  { indices: required, generator: null },
);

/**
 * The given indices, shuffled anew in each iteration.
 *
 * @param indices - The indices: an array or typed array.
 * @param generator - Where to draw from; by default the default generator.
 * @example
 * ```ts
 * const sampler = new utils.data.SubsetRandomSampler([3, 5, 8]);
 * [...sampler].sort(); // [3, 5, 8]
 * ```
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.SubsetRandomSampler
 */
export class SubsetRandomSampler extends Sampler {
  readonly indices: ArrayLike<number>;
  readonly generator: Generator | null;

  constructor(
    ...args: Call<
      [indices: ArrayLike<number>],
      [generator: Generator | null],
      { generator?: Generator | null }
    >
  ) {
    super();
    const { indices, generator } = subsetRandomSampler.bind(args);
    this.indices = indices;
    this.generator = generator;
  }

  override *[Symbol.iterator](): IterableIterator<number> {
    for (const i of permutation(this.indices.length, this.generator)) {
      yield this.indices[i] as number;
    }
  }

  /** How many there are in one iteration. */
  get length(): number {
    return this.indices.length;
  }
}

interface WeightedRandomSamplerArguments {
  weights: readonly number[] | Tensor;
  numSamples: number;
  replacement: boolean;
  generator: Generator | null;
}

const weightedRandomSampler = new Signature<WeightedRandomSamplerArguments>(
  'utils.data.WeightedRandomSampler',
  { weights: required, numSamples: required, replacement: true, generator: null },
);

/**
 * Indices drawn with given weights.
 *
 * @param weights - The weight of each index, one dimension; they need not sum up to one.
 * @param numSamples - How many to draw.
 * @param replacement - Whether an index may be drawn again. Default: true.
 * @param generator - Where to draw from; by default the default generator.
 * @throws ValueError where `numSamples` is not positive or `weights` has not one dimension.
 * @example
 * ```ts
 * const sampler = new utils.data.WeightedRandomSampler([0, 0, 0.4], 3);
 * [...sampler]; // [2, 2, 2]
 * ```
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.WeightedRandomSampler
 */
export class WeightedRandomSampler extends Sampler {
  /** The weights as a float64 tensor. */
  readonly weights: Tensor;
  readonly numSamples: number;
  readonly replacement: boolean;
  readonly generator: Generator | null;

  constructor(
    ...args: Call<
      [weights: readonly number[] | Tensor, numSamples: number],
      [replacement: boolean, generator: Generator | null],
      { replacement?: boolean; generator?: Generator | null }
    >
  ) {
    super();
    const bound = weightedRandomSampler.bind(args);
    checkCount(weightedRandomSampler.where, 'numSamples', bound.numSamples);
    checkBoolean(weightedRandomSampler.where, 'replacement', bound.replacement);
    this.weights = asTensor(bound.weights, { dtype: float64 });
    if (this.weights.ndim !== 1) {
      throw new ValueError(
        `${weightedRandomSampler.where}: weights must have one dimension, got shape [${this.weights.shape}]`,
      );
    }
    this.numSamples = bound.numSamples;
    this.replacement = bound.replacement;
    this.generator = bound.generator;
  }

  override *[Symbol.iterator](): IterableIterator<number> {
    const drawn = operators.torch.multinomial(this.weights, this.numSamples, this.replacement, {
      generator: this.generator,
    });
    for (const index of toNumbers(drawn)) yield index;
  }

  /** How many there are in one iteration. */
  get length(): number {
    return this.numSamples;
  }
}

interface BatchSamplerArguments {
  sampler: Iterable<number> & Partial<Sized>;
  batchSize: number;
  dropLast: boolean;
}

const batchSampler = new Signature<BatchSamplerArguments>('utils.data.BatchSampler', {
  sampler: required,
  batchSize: required,
  dropLast: required,
});

/**
 * The indices of another sampler in batches.
 *
 * @param sampler - Any iterable of indices.
 * @param batchSize - How many to a batch.
 * @param dropLast - Whether to leave out a last batch that is smaller.
 * @throws ValueError where `batchSize` is not positive.
 * @example
 * ```ts
 * [...new utils.data.BatchSampler([0, 1, 2, 3, 4], 2, false)]; // [[0, 1], [2, 3], [4]]
 * ```
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.BatchSampler
 */
export class BatchSampler extends Sampler<number[]> {
  readonly sampler: Iterable<number> & Partial<Sized>;
  readonly batchSize: number;
  readonly dropLast: boolean;

  constructor(
    ...args: Call<
      [sampler: Iterable<number> & Partial<Sized>],
      [batchSize: number, dropLast: boolean],
      { batchSize?: number; dropLast?: boolean }
    >
  ) {
    super();
    const { sampler, batchSize, dropLast } = batchSampler.bind(args);
    checkCount(batchSampler.where, 'batchSize', batchSize);
    checkBoolean(batchSampler.where, 'dropLast', dropLast);
    this.sampler = sampler;
    this.batchSize = batchSize;
    this.dropLast = dropLast;
  }

  override *[Symbol.iterator](): IterableIterator<number[]> {
    let batch: number[] = [];
    for (const index of this.sampler) {
      batch.push(index);
      if (batch.length === this.batchSize) {
        yield batch;
        batch = [];
      }
    }
    if (batch.length > 0 && !this.dropLast) yield batch;
  }

  /** How many there are in one iteration. */
  get length(): number {
    const { length } = this.sampler;
    if (length === undefined) {
      throw new TypeError('BatchSampler: its sampler has no length, so the batches have none');
    }
    return batchCount(length, this.batchSize, this.dropLast);
  }
}

/** How many batches `length` samples make. */
export function batchCount(length: number, batchSize: number, dropLast: boolean): number {
  return dropLast ? Math.floor(length / batchSize) : Math.ceil(length / batchSize);
}

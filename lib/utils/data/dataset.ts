import { ValueError } from '../../errors.js';
import type { Generator } from '../../generator.js';
import { type Call, isPlainObject, required, Signature } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { warn } from '../../warnings.js';
import type { Collated } from './collate.js';
import {
  checkIndex,
  indexTensor,
  itemOf,
  type MapDataset,
  type Sized,
  wholeBatch,
} from './fetch.js';
import { permutation } from './random.js';

/**
 * A dataset read by index. A subclass has `length` (Python's `__len__`) and `getItem`
 * (`__getitem__`), and is iterable by them.
 *
 * A subclass may also have `getItems`, which answers a whole batch of indices at once: the batch
 * as `defaultCollate` would have made it, or undefined where it cannot. (Python's `__getitems__`
 * returns a list of samples, and they are collated after.) A `DataLoader` asks it where the
 * collation is the default one, and not where a subclass overrides `getItem` alone.
 *
 * @example
 * ```ts
 * class Squares extends utils.data.Dataset<[number, number]> {
 *   get length() {
 *     return 100;
 *   }
 *   getItem(index: number): [number, number] {
 *     return [index, index ** 2];
 *   }
 * }
 * const [first] = new utils.data.DataLoader(new Squares(), { batchSize: 3 });
 * console.log(first); // [tensor([0, 1, 2]), tensor([0, 1, 4])]
 * ```
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.Dataset
 */
export abstract class Dataset<T> implements Iterable<T> {
  /** How many samples there are. */
  abstract get length(): number;

  /** The sample at an index. */
  abstract getItem(index: number): T;

  /** The collated batch of the samples at these indices, or undefined to have them one by one. */
  getItems?(indices: readonly number[]): Collated<T> | undefined;

  /** The samples, in order. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let i = 0; i < this.length; i++) yield this.getItem(i);
  }
}

/**
 * A dataset that is a stream of samples: a subclass has `[Symbol.iterator]`, and may have
 * `length`. A `DataLoader` batches the samples in the order in which they come.
 *
 * @example
 * ```ts
 * class Countdown extends utils.data.IterableDataset<number> {
 *   *[Symbol.iterator]() {
 *     for (let i = 10; i > 0; i--) yield i;
 *   }
 * }
 * const [first] = new utils.data.DataLoader(new Countdown(), { batchSize: 3 });
 * console.log(first); // tensor([10,  9,  8])
 * ```
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.IterableDataset
 */
export abstract class IterableDataset<T> implements Iterable<T> {
  abstract [Symbol.iterator](): Iterator<T>;
}

/**
 * A dataset of tensors that have the same first dimension: a sample is a row of each.
 *
 * @param tensors - The tensors, `[N, *]` each.
 * @throws ValueError where their first dimensions differ.
 * @example
 * ```ts
 * const dataset = new utils.data.TensorDataset(torch.randn(100, 3), torch.randint(10, [100]));
 * const [x, y] = dataset.getItem(0);
 * console.log(x.shape, y.shape); // [3] []
 * ```
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.TensorDataset
 */
export class TensorDataset<Tensors extends readonly Tensor[]> extends Dataset<Tensors> {
  readonly tensors: Tensors;

  constructor(...tensors: Tensors) {
    super();
    const sizes = tensors.map((tensor) => tensor.size(0));
    if (sizes.length === 0) throw new ValueError('TensorDataset takes at least one tensor');
    if (sizes.some((size) => size !== sizes[0])) {
      throw new ValueError(
        `TensorDataset: the tensors' first dimensions must be equal, got ${sizes.join(', ')}`,
      );
    }
    this.tensors = tensors;
  }

  override get length(): number {
    return (this.tensors[0] as Tensor).size(0);
  }

  override getItem(index: number): Tensors {
    return this.tensors.map((tensor) => tensor.select(0, index)) as readonly Tensor[] as Tensors;
  }

  override getItems(indices: readonly number[]): Collated<Tensors> {
    const batch = this.tensors.map((t) => t.indexSelect(0, indexTensor(indices, t)));
    return batch as unknown as Collated<Tensors>;
  }
}

/**
 * Several datasets of one length side by side: a sample holds one of each, in an array or, where
 * the datasets are given by name, in an object.
 *
 * @param datasets - The datasets one after another, or one plain object of them.
 * @throws ValueError where their lengths differ.
 * @example
 * ```ts
 * const [images, texts] = [torch.zeros(2, 8, 8).unbind(), ['a zero', 'another']];
 * new utils.data.StackDataset(images, texts).getItem(0)[1]; // 'a zero'
 * new utils.data.StackDataset({ image: images, text: texts }).getItem(1).text; // 'another'
 * ```
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.StackDataset
 */
export class StackDataset<
  Parts extends readonly MapDataset<unknown>[] | [Record<string, MapDataset<unknown>>],
> extends Dataset<StackedSample<Parts>> {
  readonly datasets: readonly MapDataset<unknown>[] | Record<string, MapDataset<unknown>>;

  constructor(...datasets: Parts) {
    super();
    const [first] = datasets;
    const byName = datasets.length === 1 && isPlainObject(first);
    this.datasets = (byName ? first : datasets) as StackDataset<Parts>['datasets'];
    const lengths = Object.values(this.datasets).map((dataset) => dataset.length);
    if (lengths.length === 0) throw new ValueError('StackDataset takes at least one dataset');
    if (lengths.some((length) => length !== lengths[0])) {
      throw new ValueError(
        `StackDataset: the datasets must be of equal length, got ${lengths.join(', ')}`,
      );
    }
  }

  override get length(): number {
    return (Object.values(this.datasets)[0] as MapDataset<unknown>).length;
  }

  override getItem(index: number): StackedSample<Parts> {
    return this.#each((dataset) => itemOf(dataset, index)) as StackedSample<Parts>;
  }

  override getItems(indices: readonly number[]): Collated<StackedSample<Parts>> | undefined {
    const batch = this.#each((dataset) => wholeBatch(dataset, indices));
    const complete = Object.values(batch).every((part) => part !== undefined);
    return complete ? (batch as Collated<StackedSample<Parts>>) : undefined;
  }

  #each(read: (dataset: MapDataset<unknown>) => unknown): object {
    if (Array.isArray(this.datasets)) return this.datasets.map(read);
    const entries = Object.entries(this.datasets as Record<string, MapDataset<unknown>>);
    return Object.fromEntries(entries.map(([name, dataset]) => [name, read(dataset)]));
  }
}

type Sample<Part> = Part extends MapDataset<infer T> ? T : never;

/** A sample of each of the datasets that are stacked. */
export type StackedSample<Parts> = Parts extends readonly MapDataset<unknown>[]
  ? { -readonly [K in keyof Parts]: Sample<Parts[K]> }
  : Parts extends [infer Named]
    ? { [K in keyof Named]: Sample<Named[K]> }
    : never;

/**
 * Several datasets one after another.
 *
 * @param datasets - The datasets, at least one.
 * @throws ValueError for none.
 * @throws TypeError for an `IterableDataset` among them; `ChainDataset` is for those.
 * @example
 * ```ts
 * const all = new utils.data.ConcatDataset([['a', 'b'], ['c']]);
 * all.length; // 3
 * all.getItem(-1); // 'c'
 * ```
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.ConcatDataset
 */
export class ConcatDataset<T> extends Dataset<T> {
  readonly datasets: readonly MapDataset<T>[];
  /** The index after the last one of each dataset. */
  readonly cumulativeSizes: readonly number[];

  constructor(datasets: Iterable<MapDataset<T>>) {
    super();
    this.datasets = [...datasets];
    if (this.datasets.length === 0) {
      throw new ValueError('ConcatDataset takes at least one dataset');
    }
    if (this.datasets.some((dataset) => (dataset as unknown) instanceof IterableDataset)) {
      throw new TypeError('ConcatDataset takes no IterableDataset; ChainDataset is for those');
    }
    let end = 0;
    this.cumulativeSizes = this.datasets.map((dataset) => {
      end += dataset.length;
      return end;
    });
  }

  override get length(): number {
    return this.cumulativeSizes[this.cumulativeSizes.length - 1] as number;
  }

  override getItem(index: number): T {
    const position = checkIndex(index, this.length);
    const which = this.cumulativeSizes.findIndex((end) => position < end);
    const start = this.cumulativeSizes[which - 1] ?? 0;
    return itemOf(this.datasets[which] as MapDataset<T>, position - start);
  }
}

/**
 * Several streams one after another.
 *
 * @param datasets - The `IterableDataset`s.
 * @throws TypeError while iterating, for one that is none.
 * @example
 * ```ts
 * class Letters extends utils.data.IterableDataset<string> {
 *   *[Symbol.iterator]() {
 *     yield* 'ab';
 *   }
 * }
 * [...new utils.data.ChainDataset([new Letters(), new Letters()])]; // ['a', 'b', 'a', 'b']
 * ```
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.ChainDataset
 */
export class ChainDataset<T> extends IterableDataset<T> {
  readonly datasets: Iterable<IterableDataset<T>>;

  constructor(datasets: Iterable<IterableDataset<T>>) {
    super();
    this.datasets = datasets;
  }

  override *[Symbol.iterator](): IterableIterator<T> {
    for (const dataset of this.datasets) {
      if (!(dataset instanceof IterableDataset)) {
        throw new TypeError('ChainDataset takes IterableDatasets only');
      }
      for (const sample of dataset) yield sample;
    }
  }

  /** The lengths of all, summed up. */
  get length(): number {
    let total = 0;
    for (const dataset of this.datasets) {
      const { length } = dataset as Partial<Sized>;
      if (length === undefined) {
        throw new TypeError('ChainDataset: one of its datasets has no length, so it has none');
      }
      total += length;
    }
    return total;
  }
}

/**
 * The samples of a dataset at some indices.
 *
 * @param dataset - The whole dataset.
 * @param indices - The index in the whole of each sample of the subset: an array or typed array.
 * @example
 * ```ts
 * const evens = new utils.data.Subset(['a', 'b', 'c', 'd'], [0, 2]);
 * [...evens]; // ['a', 'c']
 * ```
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.Subset
 */
export class Subset<T> extends Dataset<T> {
  readonly dataset: MapDataset<T>;
  readonly indices: ArrayLike<number>;

  constructor(dataset: MapDataset<T>, indices: ArrayLike<number>) {
    super();
    this.dataset = dataset;
    this.indices = indices;
  }

  override get length(): number {
    return this.indices.length;
  }

  override getItem(index: number): T {
    return itemOf(this.dataset, this.#whole(index));
  }

  override getItems(indices: readonly number[]): Collated<T> | undefined {
    const inWhole = indices.map((index) => this.#whole(index));
    return wholeBatch(this.dataset, inWhole) as Collated<T> | undefined;
  }

  #whole(index: number): number {
    return this.indices[checkIndex(index, this.indices.length)] as number;
  }
}

/** The lengths of a split by fractions, as PyTorch rounds them; warns for an empty part. */
function lengthsOfFractions(fractions: readonly number[], length: number): number[] {
  const lengths = fractions.map((fraction, i) => {
    if (fraction < 0 || fraction > 1) {
      throw new ValueError(`randomSplit: fraction ${i} is ${fraction}; it must be from 0 to 1`);
    }
    return Math.floor(length * fraction);
  });
  const remainder = length - lengths.reduce((sum, part) => sum + part, 0);
  for (let i = 0; i < remainder; i++) (lengths[i % lengths.length] as number) += 1;
  for (const [i, part] of lengths.entries()) {
    if (part === 0) warn(`randomSplit: part ${i} of the split is empty`);
  }
  return lengths;
}

const randomSplitSignature = new Signature<{
  dataset: MapDataset<unknown>;
  lengths: readonly number[];
  generator: Generator | null;
}>('utils.data.randomSplit', { dataset: required, lengths: required, generator: null });

/**
 * Splits a dataset at random into parts that do not overlap.
 *
 * @param dataset - The dataset.
 * @param lengths - The parts' lengths, which sum up to the dataset's, or fractions that sum up to
 *   1: each part gets the floor of its share, and what remains goes one by one to the first ones.
 * @param generator - The generator that shuffles; the default one where it is left out.
 * @returns One `Subset` for each length.
 * @throws ValueError where the lengths do not sum up.
 * @example
 * ```ts
 * const [training, validation] = utils.data.randomSplit(dataset, [0.9, 0.1], {
 *   generator: new torch.Generator().manualSeed(42),
 * });
 * training.length + validation.length === dataset.length; // true
 * ```
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.random_split
 */
export function randomSplit<T, const Lengths extends readonly number[]>(
  dataset: MapDataset<T>,
  lengths: Lengths,
  ...rest: Call<[], [generator: Generator | null], { generator?: Generator | null }>
): { -readonly [K in keyof Lengths]: Subset<T> } {
  const { generator } = randomSplitSignature.bind([dataset, lengths, ...rest]);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const parts = Math.abs(total - 1) <= 1e-9 ? lengthsOfFractions(lengths, dataset.length) : lengths;
  const sum = parts.reduce((part, length) => part + length, 0);
  if (sum !== dataset.length) {
    throw new ValueError(
      `randomSplit: the lengths ${parts.join(' + ')} sum up to ${sum}, and the dataset has ${dataset.length} samples. Give lengths that sum up to that, or fractions that sum up to 1`,
    );
  }
  const indices = permutation(sum, generator);
  let end = 0;
  const subsets = parts.map((length) => {
    end += length;
    return new Subset(dataset, indices.slice(end - length, end));
  });
  return subsets as { -readonly [K in keyof Lengths]: Subset<T> };
}

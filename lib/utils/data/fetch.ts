import { tensor } from '../../creation.js';
import { IndexError } from '../../errors.js';
import type { Tensor } from '../../tensor.js';
import type { IterableDataset } from './dataset.js';

/** Anything with a length: a dataset, an array. */
export interface Sized {
  readonly length: number;
}

/** What a dataset must have to be read by index: `Dataset` itself, or any object shaped like it. */
export interface IndexedDataset<T> extends Sized {
  getItem(index: number): T;
  getItems?(indices: readonly number[]): unknown;
}

/** A dataset read by index: a `Dataset`, or an array of samples. */
export type MapDataset<T> = IndexedDataset<T> | readonly T[];

// biome-ignore lint/suspicious/noExplicitAny: it stands for a dataset of whatever samples.
export type AnyDataset = MapDataset<any> | IterableDataset<any>;

/** The type of a dataset's samples. */
export type SampleOf<Source> =
  Source extends IterableDataset<infer T>
    ? T
    : Source extends { getItem(index: number): infer T }
      ? T
      : Source extends readonly (infer T)[]
        ? T
        : never;

/** What an iterator has left. */
export function remaining<T>(iterator: Iterator<T>): Iterable<T> {
  return { [Symbol.iterator]: () => iterator };
}

/** One sample of a dataset. */
export function itemOf<T>(dataset: MapDataset<T>, index: number): T {
  return isArray(dataset)
    ? (dataset[checkIndex(index, dataset.length)] as T)
    : dataset.getItem(index);
}

function isArray<T>(dataset: MapDataset<T>): dataset is readonly T[] {
  return Array.isArray(dataset);
}

/**
 * Whether the method `whole` of an object may stand in for many calls of `single`: not where a
 * subclass has overridden `single` alone, since `whole` knows nothing of that.
 */
export function standsIn(object: object, whole: string, single: string): boolean {
  let level: object | null = object;
  while (level !== null && level !== Object.prototype) {
    if (Object.hasOwn(level, whole)) {
      return typeof (object as Record<string, unknown>)[whole] === 'function';
    }
    if (Object.hasOwn(level, single)) return false;
    level = Object.getPrototypeOf(level);
  }
  return false;
}

/** The collated batch of a dataset that answers whole batches, else undefined. */
export function wholeBatch<T>(dataset: MapDataset<T>, indices: readonly number[]): unknown {
  if (isArray(dataset) || !standsIn(dataset, 'getItems', 'getItem')) return undefined;
  return dataset.getItems?.(indices) ?? undefined;
}

/**
 * The index that a position stands for among `length`: negative ones count from the end. Throws an
 * IndexError for one out of range.
 */
export function checkIndex(index: number, length: number): number {
  if (!Number.isInteger(index) || index < -length || index >= length) {
    throw new IndexError(`index ${index} is out of range for a length of ${length}`);
  }
  return index < 0 ? index + length : index;
}

/** The indices as an int64 tensor that `rows.indexSelect(0, ...)` takes. */
export function indexTensor(indices: readonly number[], rows: Tensor): Tensor {
  const length = rows.size(0);
  // A plain loop: BigInt64Array.from takes three times as long.
  const positions = new BigInt64Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    positions[i] = BigInt(checkIndex(indices[i] as number, length));
  }
  return tensor(positions, { device: rows.device });
}

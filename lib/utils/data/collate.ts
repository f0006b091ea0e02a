import { types } from 'node:util';
import { type TypedArray, tensor } from '../../creation.js';
import { describe } from '../../describe.js';
import { TorchError } from '../../errors.js';
import { operators } from '../../operators.js';
import { isPlainObject } from '../../options.js';
import { Tensor } from '../../tensor.js';

/** What `defaultCollate` makes of a batch of samples of type `T`. */
export type Collated<T> = 0 extends 1 & T
  ? // biome-ignore lint/suspicious/noExplicitAny: samples of any give batches of any.
    any
  : T extends Tensor | TypedArray | number | bigint | boolean
    ? Tensor
    : T extends string
      ? string[]
      : T extends readonly unknown[]
        ? { -readonly [K in keyof T]: Collated<T[K]> }
        : T extends object
          ? { [K in keyof T]: Collated<T[K]> }
          : unknown;

/** What `defaultConvert` makes of a sample of type `T`. */
export type Converted<T> = 0 extends 1 & T
  ? // biome-ignore lint/suspicious/noExplicitAny: a sample of any stays one.
    any
  : T extends Tensor | TypedArray
    ? Tensor
    : T extends number | bigint | boolean | string
      ? T
      : T extends readonly unknown[]
        ? { -readonly [K in keyof T]: Converted<T[K]> }
        : T extends object
          ? { [K in keyof T]: Converted<T[K]> }
          : T;

function isTypedArray(value: unknown): value is TypedArray {
  return types.isTypedArray(value);
}

/** Throws unless every sample is of the first one's kind. */
function checkAll(batch: readonly unknown[], isKind: (value: unknown) => boolean, kind: string) {
  const stranger = batch.findIndex((value) => !isKind(value));
  if (stranger >= 0) {
    throw new TypeError(
      `defaultCollate: sample 0 is ${kind} and sample ${stranger} is ${describe(batch[stranger])}; samples of one batch must be alike`,
    );
  }
}

function collateNumbers(batch: readonly number[]): Tensor {
  if (batch.every(Number.isSafeInteger)) return tensor(BigInt64Array.from(batch, BigInt));
  return tensor(Float64Array.from(batch));
}

function collateTensors(batch: readonly Tensor[]): Tensor {
  if (batch.some((sample) => sample.layout !== (batch[0] as Tensor).layout || sample.isSparse)) {
    throw new TorchError(
      'defaultCollate cannot stack sparse tensors; give the DataLoader a collateFn of your own',
    );
  }
  return operators.torch.stack(batch as Tensor[]);
}

function collateArrays(batch: readonly (readonly unknown[])[]): unknown[] {
  const length = (batch[0] as unknown[]).length;
  const odd = batch.findIndex((sample) => sample.length !== length);
  if (odd >= 0) {
    throw new TorchError(
      `defaultCollate: sample 0 has ${length} parts and sample ${odd} has ${batch[odd]?.length}; each sample must have as many. Samples of varying length need a collateFn that pads them`,
    );
  }
  return Array.from({ length }, (_, part) => collate(batch.map((sample) => sample[part])));
}

function collateObjects(batch: readonly Record<string, unknown>[]): Record<string, unknown> {
  const keys = Object.keys(batch[0] as object);
  for (const [i, sample] of batch.entries()) {
    const missing = keys.find((key) => !Object.hasOwn(sample, key));
    if (missing !== undefined) {
      throw new TorchError(`defaultCollate: sample ${i} has no \`${missing}\`, which sample 0 has`);
    }
  }
  return Object.fromEntries(keys.map((key) => [key, collate(batch.map((sample) => sample[key]))]));
}

function collate(batch: readonly unknown[]): unknown {
  const first = batch[0];
  if (first instanceof Tensor) {
    checkAll(batch, (value) => value instanceof Tensor, 'a tensor');
    return collateTensors(batch as Tensor[]);
  }
  if (isTypedArray(first)) {
    checkAll(batch, isTypedArray, 'a typed array');
    return operators.torch.stack(batch.map((sample) => tensor(sample as TypedArray)));
  }
  if (Array.isArray(first)) {
    checkAll(batch, Array.isArray, 'an array');
    return collateArrays(batch as unknown[][]);
  }
  if (isPlainObject(first)) {
    checkAll(batch, isPlainObject, 'a plain object');
    return collateObjects(batch as Record<string, unknown>[]);
  }
  const kind = typeof first;
  checkAll(batch, (value) => typeof value === kind, `a ${kind}`);
  if (kind === 'number') return collateNumbers(batch as number[]);
  if (kind === 'bigint') return tensor(BigInt64Array.from(batch as bigint[]));
  if (kind === 'boolean') return tensor(batch as boolean[]);
  if (kind === 'string') return [...batch];
  throw new TypeError(
    `defaultCollate takes tensors, typed arrays, numbers, bigints, booleans, strings, and arrays and plain objects of these; found ${describe(first)}. Give the DataLoader a collateFn that merges such samples`,
  );
}

/**
 * Merges a list of samples into one batch, with the batch as a new first dimension. It is what a
 * `DataLoader` does by default.
 *
 * | a sample, or a part of one | the batch |
 * | --- | --- |
 * | tensor, typed array | a tensor, stacked: `[*]` becomes `[N, *]` |
 * | number | an int64 tensor `[N]` where ALL numbers are integers, else a float64 one |
 * | bigint, boolean | an int64 tensor, a bool tensor |
 * | string | an array of the strings |
 * | array | an array of as many parts, each collated |
 * | plain object | an object of the same keys, each collated |
 *
 * **Beware of numbers.** Python tells 1 from 1.0 and so `[1.0, 2.0]` makes float64 there;
 * JavaScript does not, and a batch of floats that happen to be whole comes out int64. Where a
 * sample holds a float (a regression target, say), let it be a tensor: `torch.tensor(y)`.
 *
 * @param batch - The samples, at least one, all of one kind.
 * @throws TypeError for a sample of a class it does not know, or of mixed kinds.
 * @throws TorchError for arrays of unequal length, or tensors of unequal shape.
 * @example
 * ```ts
 * utils.data.defaultCollate([[torch.ones(2), 3], [torch.zeros(2), 4]]);
 * // [tensor([[1., 1.], [0., 0.]]), tensor([3, 4])]
 * ```
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.default_collate
 */
export function defaultCollate<T>(batch: readonly T[]): Collated<T> {
  if (!Array.isArray(batch) || batch.length === 0) {
    throw new TypeError('defaultCollate takes an array of at least one sample');
  }
  return collate(batch) as Collated<T>;
}

/**
 * Turns the typed arrays of one sample into tensors and leaves the rest: what a `DataLoader` does
 * by default where it forms no batches (`batchSize: null`).
 *
 * @param sample - A sample; arrays and plain objects are gone through.
 * @example
 * ```ts
 * utils.data.defaultConvert({ x: new Float32Array([1, 2]), name: 'a' });
 * // { x: tensor([1., 2.]), name: 'a' }
 * ```
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.default_convert
 */
export function defaultConvert<T>(sample: T): Converted<T> {
  return convert(sample) as Converted<T>;
}

function convert(value: unknown): unknown {
  if (isTypedArray(value)) return tensor(value);
  if (Array.isArray(value)) return value.map(convert);
  if (isPlainObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, convert(part)]));
  }
  return value;
}

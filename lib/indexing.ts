import { isTypedArray, type TypedArray, tensor } from './creation.js';
import { bool, int64, uint8 } from './dtype.js';
import { IndexError } from './errors.js';
import { type Handle, idOf, isHandle, setId } from './handle.js';
import { native } from './native.js';
import type { Tensor } from './tensor.js';
import type { Scalar } from './types.js';

/**
 * `start:stop:step` of an index, for `x.index(...)`; null leaves a part out.
 *
 * @example
 * ```ts
 * torch.arange(10).index(new torch.Slice(2, null, 3)); // tensor([2, 5, 8])
 * ```
 */
export class Slice {
  constructor(
    readonly start: SliceBound = null,
    readonly stop: SliceBound = null,
    readonly step: SliceBound = null,
  ) {}

  /** As Python spells it, `1:3` or `::2`: so `x[slice]` reads what `x.index(slice)` does. */
  toString(): string {
    const text = (bound: SliceBound) => {
      const number = sliceBound(bound);
      return Number.isNaN(number) ? '' : String(number);
    };
    const step = text(this.step);
    return `${text(this.start)}:${text(this.stop)}${step && `:${step}`}`;
  }
}

/** What a part of a {@link Slice} may be; a tensor of one integer stands for that. */
type SliceBound = number | bigint | Tensor | null;

/** An index tensor as arrays: of integers, or of booleans for a mask. */
type IndexArray = readonly (number | bigint | boolean | Tensor | IndexArray)[];

/**
 * What may stand between the brackets of an index: a number, a string in Python's spelling
 * (`'1:3'`, `'::2'`, `'...'`, `'None'`, several with commas), a {@link Slice}, null for a new
 * dimension, a boolean, a mask or an index tensor, or such a tensor as a (nested) array of numbers
 * or booleans or as a TypedArray of integers. A Uint8Array is a mask, as `torch.uint8` is.
 */
export type Index =
  | number
  | bigint
  | string
  | Slice
  | null
  | boolean
  | Tensor
  | TypedArray
  | IndexArray;

// The kinds of binding/src/indexing.cc; an item is its kind and three numbers.
const INTEGER = 0;
const SLICE = 1;
const ELLIPSIS = 2;
const NONE = 3;
const BOOLEAN = 4;
const TENSOR = 5;

function invalid(text: string): IndexError {
  return new IndexError(
    `cannot read '${text}' as an index; expected Python's spelling, such as '1:3', '::2', '..., 0' or 'None'`,
    { code: 'ERR_INDEX' },
  );
}

/** More than any tensor has. */
const MOST_DIMENSIONS = 64;

/** Beyond every size, and within what native code reads as an int64. */
const FAR = 2 ** 53;

function clamp(bound: number): number {
  return Math.max(-FAR, Math.min(FAR, bound));
}

function parseBound(text: string, whole: string): number {
  if (text === '') return Number.NaN;
  if (!/^-?\d+$/.test(text)) throw invalid(whole);
  return clamp(Number(text));
}

function sliceBound(bound: unknown): number {
  if (bound === null || bound === undefined) return Number.NaN;
  if (typeof bound === 'bigint') return clamp(Number(bound));
  if (typeof bound === 'object' && isHandle(bound)) return sliceBound((bound as Tensor).item());
  if (!Number.isInteger(bound)) {
    throw new TypeError(
      `the bounds of a Slice must be integers or null, got ${typeof bound === 'number' ? bound : typeof bound}`,
    );
  }
  return clamp(bound as number);
}

function parseItem(text: string, whole: string): number[] {
  if (text === '...') return [ELLIPSIS, 0, 0, 0];
  if (text === 'None') return [NONE, 0, 0, 0];
  if (text === 'True' || text === 'False') return [BOOLEAN, text === 'True' ? 1 : 0, 0, 0];
  const parts = text.split(':').map((part) => part.trim());
  if (text === '' || parts.length > 3) throw invalid(whole);
  const [start, stop, step] = parts.map((part) => parseBound(part, whole));
  if (parts.length === 1) return [INTEGER, start as number, 0, 0];
  return [SLICE, start as number, stop as number, step ?? Number.NaN];
}

const parsed = new Map<string, readonly number[]>();
const MOST_PARSED = 1000;

/** The items of an index written as in Python. Spellings repeat, so they are kept. */
function parse(text: string): readonly number[] {
  let items = parsed.get(text);
  if (!items) {
    items = text.split(',').flatMap((part) => parseItem(part.trim(), text));
    if (parsed.size === MOST_PARSED) parsed.clear();
    parsed.set(text, items);
  }
  return items;
}

/** Whether a property's name reads as an index, and so is not a member's. @internal */
export function looksLikeIndex(name: string): boolean {
  const first = name.charCodeAt(0);
  // A digit, a minus, a dot or a colon: the first character of nearly every index.
  if (first === 45 || first === 46 || (first >= 48 && first <= 58)) return true;
  return /^(None|True|False)\s*(,|$)/.test(name);
}

function notIntegral(what: string): IndexError {
  return new IndexError(`an index must be an integer, got ${what}`, { code: 'ERR_INDEX' });
}

/** Throws where an array for an index holds something else than integers, or finds a mask. */
function isMask(array: readonly unknown[], depth = 0): boolean {
  let areBooleans = array.length > 0;
  for (const item of array) {
    const isDeep = Array.isArray(item) && depth < MOST_DIMENSIONS;
    if (isDeep) areBooleans = isMask(item, depth + 1) && areBooleans;
    else areBooleans &&= typeof item === 'boolean';
    if (typeof item === 'number' && !Number.isInteger(item)) throw notIntegral(String(item));
  }
  return areBooleans;
}

function indexTensor(array: readonly unknown[] | TypedArray): Tensor {
  if (Array.isArray(array)) {
    return tensor(array, { dtype: isMask(array) ? bool : int64, device: 'cpu' });
  }
  if (array instanceof Float32Array || array instanceof Float64Array) {
    throw notIntegral(`a ${array.constructor.name}`);
  }
  const made = tensor(array as TypedArray, { device: 'cpu' });
  return made.dtype === uint8 ? made : made.to(int64);
}

/** `temporaries` keeps tensors made here alive until the native call has read their ids. */
function itemOf(index: Exclude<Index, string>, temporaries: Handle[]): readonly number[] {
  if (typeof index === 'number') {
    if (!Number.isInteger(index)) throw notIntegral(String(index));
    return [INTEGER, clamp(index), 0, 0];
  }
  if (typeof index === 'boolean') return [BOOLEAN, index ? 1 : 0, 0, 0];
  if (index === null) return [NONE, 0, 0, 0];
  if (index instanceof Slice) {
    const { start, stop, step } = index;
    return [SLICE, sliceBound(start), sliceBound(stop), sliceBound(step)];
  }
  if (typeof index === 'bigint') return [INTEGER, clamp(Number(index)), 0, 0];
  if (Array.isArray(index) || isTypedArray(index)) {
    const made = indexTensor(index);
    temporaries.push(made);
    return [TENSOR, idOf(made), 0, 0];
  }
  if (typeof index === 'object' && isHandle(index)) return [TENSOR, idOf(index), 0, 0];
  throw new IndexError(
    `an index must be a number, a string such as '1:3', a Slice, null, a boolean, a Tensor, an array or a TypedArray, not ${typeof index}`,
    { code: 'ERR_INDEX' },
  );
}

function itemsOf(indices: readonly Index[], temporaries: Handle[]): readonly number[] {
  if (indices.length === 1 && typeof indices[0] === 'string') return parse(indices[0]);
  return indices.flatMap((index) =>
    typeof index === 'string' ? parse(index) : itemOf(index, temporaries),
  );
}

/** `source[indices]`, into the fresh handle `result`. @internal */
export function getItem<T extends Handle>(source: Handle, indices: readonly Index[], result: T): T {
  const temporaries: Handle[] = [];
  const items = itemsOf(indices, temporaries);
  setId(result, native.getItem(idOf(source), items, result));
  return result;
}

/**
 * What is thrown where an object stood between brackets, which JavaScript has turned into text;
 * undefined for any other name.
 *
 * @internal
 */
export function objectIndexError(name: string): TypeError | undefined {
  if (!/^(tensor\(|nested_tensor\(|Parameter containing:|\[object )/.test(name)) return undefined;
  return new TypeError(
    'JavaScript turns what stands between brackets into text: write x.index(mask) to read at a tensor, and x.indexPut_(mask, value) to write there',
  );
}

/** `target[indices] = value`. @internal */
export function setItem(target: Tensor, indices: readonly Index[], value: Tensor | Scalar): void {
  const temporaries: Handle[] = [];
  const items = itemsOf(indices, temporaries);
  const source: Handle =
    typeof value === 'object' && isHandle(value)
      ? value
      : tensor(value as Scalar, { dtype: target.dtype, device: target.device });
  temporaries.push(source);
  native.setItem(idOf(target), items, idOf(source));
}

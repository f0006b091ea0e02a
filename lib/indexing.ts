import { tensor } from './creation.js';
import { bool, int64 } from './dtype.js';
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
    readonly start: number | null = null,
    readonly stop: number | null = null,
    readonly step: number | null = null,
  ) {}
}

/**
 * What may stand between the brackets of an index: a number, a string in Python's spelling
 * (`'1:3'`, `'::2'`, `'...'`, `'None'`, several with commas), a {@link Slice}, null for a new
 * dimension, a boolean, a mask or an index tensor, or an array of numbers or booleans.
 */
export type Index =
  | number
  | string
  | Slice
  | null
  | boolean
  | Tensor
  | readonly number[]
  | readonly boolean[];

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

/** `temporaries` keeps tensors made here alive until the native call has read their ids. */
function itemOf(index: Exclude<Index, string>, temporaries: Handle[]): readonly number[] {
  if (typeof index === 'number') {
    if (!Number.isInteger(index)) {
      throw new TypeError(`an index must be an integer, got ${index}`);
    }
    return [INTEGER, clamp(index), 0, 0];
  }
  if (typeof index === 'boolean') return [BOOLEAN, index ? 1 : 0, 0, 0];
  if (index === null) return [NONE, 0, 0, 0];
  if (index instanceof Slice) {
    const { start, stop, step } = index;
    return [SLICE, sliceBound(start), sliceBound(stop), sliceBound(step)];
  }
  if (Array.isArray(index)) {
    const isMask = typeof index[0] === 'boolean';
    const made = tensor(index, { dtype: isMask ? bool : int64, device: 'cpu' });
    temporaries.push(made);
    return [TENSOR, idOf(made), 0, 0];
  }
  if (typeof index === 'object' && isHandle(index)) return [TENSOR, idOf(index), 0, 0];
  throw new TypeError(
    `an index must be a number, a string such as '1:3', a Slice, null, a boolean, a Tensor or an array of numbers or booleans, not ${typeof index}`,
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

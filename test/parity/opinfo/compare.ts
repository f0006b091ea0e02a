import torch, { Complex, DType, Tensor } from 'sconce';
import { camelCase } from '../../../lib/naming.js';
import { type Archive, dtypeOf, type Row } from './archive.js';

/** The relative and absolute difference that torch.testing.assert_close allows. */
const tolerances: Record<string, [relative: number, absolute: number]> = {
  float16: [1e-3, 1e-5],
  bfloat16: [1.6e-2, 1e-5],
  float32: [1.3e-6, 1e-5],
  complex32: [1e-3, 1e-5],
  complex64: [1.3e-6, 1e-5],
  float64: [1e-7, 1e-7],
  complex128: [1e-7, 1e-7],
};

/** The elements that a row's bytes hold; a complex one is two. */
function recordedElements(bytes: ArrayBuffer, dtype: string): ArrayLike<number | bigint> {
  switch (dtype) {
    case 'bool':
    case 'uint8':
      return new Uint8Array(bytes);
    case 'int8':
      return new Int8Array(bytes);
    case 'int16':
      return new Int16Array(bytes);
    case 'uint16':
      return new Uint16Array(bytes);
    case 'int32':
      return new Int32Array(bytes);
    case 'uint32':
      return new Uint32Array(bytes);
    case 'int64':
      return new BigInt64Array(bytes);
    case 'uint64':
      return new BigUint64Array(bytes);
    case 'float32':
    case 'complex64':
      return new Float32Array(bytes);
    case 'float64':
    case 'complex128':
      return new Float64Array(bytes);
    case 'bfloat16': {
      const halves = new Uint16Array(bytes);
      return new Float32Array(Uint32Array.from(halves, (bits) => bits << 16).buffer);
    }
    default: {
      const made = torch.fromArrayBuffer(bytes, { dtype: dtypeOf(dtype) });
      return actualElements(made);
    }
  }
}

/** The elements of a dense tensor, in row-major order. */
function actualElements(x: Tensor): ArrayLike<number | bigint> {
  let plain = x.detach().cpu().resolveConj().resolveNeg();
  if (plain.dtype.isComplex) plain = torch.viewAsReal(plain);
  const { name, itemsize, isFloatingPoint } = plain.dtype;
  if (isFloatingPoint && itemsize < 4) plain = plain.to(torch.float32);
  if (name === 'bool') plain = plain.to(torch.uint8);
  return plain.contiguous().toTypedArray() as ArrayLike<number | bigint>;
}

const shown = (shape: readonly number[]) => `[${shape.join(', ')}]`;

export interface Strictness {
  /** Only dtypes and shapes. */
  loose?: boolean;
  /** How much wider than on the machine that made the archive. */
  widen?: number;
}

function isClose(a: number, b: number, relative: number, absolute: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  return Math.abs(a - b) <= absolute + relative * Math.abs(b);
}

/** Compares values with what an archive recorded; gives the first difference in words. */
export class Comparer {
  constructor(private readonly archive: Archive<unknown>) {}

  #dense(actual: Tensor, row: Row, { loose, widen = 1 }: Strictness): string | undefined {
    if (loose) return undefined;
    const count = row.shape.reduce((product, size) => product * size, 1);
    const wanted = recordedElements(this.archive.bytes(row, count), row.dtype);
    const got = actualElements(actual);
    if (got.length !== wanted.length) return `${got.length} elements, not ${wanted.length}`;
    const [relative, absolute] = tolerances[row.dtype] ?? [0, 0];
    for (let i = 0; i < wanted.length; i++) {
      const a = got[i] as number;
      const b = wanted[i] as number;
      if (a === b) continue;
      if (typeof b === 'bigint' || !isClose(a, b, relative * widen, absolute * widen)) {
        return `element ${i} is ${a}, Python has ${b}`;
      }
    }
    return undefined;
  }

  #tensor(actual: unknown, index: number, strictness: Strictness): string | undefined {
    if (!(actual instanceof Tensor)) return `is no tensor but ${typeof actual}`;
    const row = this.archive.row(index);
    if (actual.dtype.name !== row.dtype) {
      return `dtype is ${actual.dtype.name}, Python has ${row.dtype}`;
    }
    if (row.nested) {
      const parts = actual.unbind();
      return this.#list(
        parts,
        row.nested.map((t) => ({ t })),
        strictness,
      );
    }
    if (shown(actual.shape) !== shown(row.shape)) {
      return `shape is ${shown(actual.shape)}, Python has ${shown(row.shape)}`;
    }
    const layout = row.layout ?? 'strided';
    if (actual.layout.name !== layout) return `layout is ${actual.layout.name}, not ${layout}`;
    if (!row.parts) return this.#dense(actual, row, strictness);
    return this.#list(
      sparseParts(actual),
      row.parts.map((t) => ({ t })),
      strictness,
    );
  }

  #list(actual: unknown, items: unknown[], strictness: Strictness): string | undefined {
    if (!Array.isArray(actual)) return `is no array but ${typeof actual}`;
    if (actual.length !== items.length) return `length is ${actual.length}, not ${items.length}`;
    for (const [i, item] of items.entries()) {
      const difference = this.difference(actual[i], item, strictness);
      if (difference) return `[${i}] ${difference}`;
    }
    return undefined;
  }

  difference(actual: unknown, recorded: unknown, strictness: Strictness = {}): string | undefined {
    if (Array.isArray(recorded)) return this.#list(actual, recorded, strictness);
    if (typeof recorded === 'object' && recorded !== null) {
      if ('t' in recorded) return this.#tensor(actual, recorded.t as number, strictness);
      if ('tuple' in recorded) {
        const difference = this.#list(actual, recorded.tuple as unknown[], strictness);
        if (difference || !('fields' in recorded)) return difference;
        for (const [i, field] of (recorded.fields as string[]).entries()) {
          const named = actual as Record<string | number, unknown>;
          if (named[camelCase(field)] !== named[i]) return `has no field ${camelCase(field)}`;
        }
        return undefined;
      }
    }
    const expected = this.archive.value(recorded);
    if (expected instanceof DType || typeof expected === 'boolean') {
      return actual === expected ? undefined : `is ${actual}, Python has ${expected}`;
    }
    if (expected instanceof Complex) {
      const { real, imag } = (actual ?? {}) as Complex;
      const close = isClose(real, expected.real, 1e-6, 1e-6);
      return close && isClose(imag, expected.imag, 1e-6, 1e-6)
        ? undefined
        : `is ${actual}, Python has ${expected}`;
    }
    if (typeof expected === 'number') {
      if (typeof actual !== 'number') return `is ${typeof actual}, Python has a number`;
      if (strictness.loose) return undefined;
      const close = isClose(actual, expected, 1.3e-6, 1e-5);
      return close ? undefined : `is ${actual}, Python has ${expected}`;
    }
    return actual === expected ? undefined : `is ${actual}, Python has ${expected}`;
  }
}

function sparseParts(x: Tensor): Tensor[] {
  const plain = x.detach();
  switch (x.layout.name) {
    case 'sparse_coo':
      return [plain._indices(), plain._values()];
    case 'sparse_csr':
    case 'sparse_bsr':
      return [plain.crowIndices(), plain.colIndices(), plain.values()];
    default:
      return [plain.ccolIndices(), plain.rowIndices(), plain.values()];
  }
}

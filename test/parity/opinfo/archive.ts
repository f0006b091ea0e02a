import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import torch, { Complex, DType, type Layout, Slice, type Tensor } from 'sconce';
import { camelCase } from '../../../lib/naming.js';
import { testDevice, toTestDevice } from '../../_helpers/device.js';

/** A tensor as values.py writes it down. */
export interface Row {
  dtype: string;
  shape: number[];
  at: number;
  strides?: number[];
  span?: number;
  offset?: number;
  device?: string;
  conj?: boolean;
  neg?: boolean;
  layout?: string;
  parts?: number[];
  coalesced?: boolean;
  nested?: number[];
}

/** One call: Python's public name, and what it was given. */
export interface Step {
  call: string;
  args: unknown[];
  kwargs?: Record<string, unknown>;
}

export interface Sample {
  dtype: string;
  /** Of samples of sparse tensors. */
  layout?: string;
  number: number;
  seed: number;
  steps: Step[];
  result: unknown;
  /** Other ways to make the call: method, inPlace, out. */
  forms?: string[];
  /** The names by which Python takes all arguments but the first. */
  names?: string[];
  gradients?: unknown[];
  gradientError?: string;
  /** Python itself gives other values the second time: only dtypes and shapes are compared. */
  loose?: boolean;
  looseGradients?: boolean;
}

export interface ErrorSample {
  number: number;
  steps: Step[];
  error: [type: string, message: string];
}

/** An entry of the OpInfo tables. */
export interface Entry {
  name: string;
  method: string | null;
  inPlace: string | null;
  samples: Sample[];
  errors: ErrorSample[];
  leftOut: [dtype: string, number: number, reason: string][];
}

interface Header {
  cpu: string;
  capability: string;
  tensors: Row[];
}

/** What Python's `torch.NAME` is of dtypes, layouts and memory formats. */
function member(name: string): unknown {
  return (torch as unknown as Record<string, unknown>)[name];
}

export function dtypeOf(name: string): DType {
  const dtype = member(name);
  if (!(dtype instanceof DType)) throw new Error(`there is no dtype ${name}`);
  return dtype;
}

/** An archive of export.py: entries, and the bytes of their tensors. */
export class Archive<T> {
  readonly header: Header & T;
  readonly #bytes: ArrayBuffer;
  readonly #start: number;

  constructor(packed: Buffer, compression: 'gzip' | 'brotli') {
    const plain = compression === 'gzip' ? gunzipSync(packed) : brotliDecompressSync(packed);
    const length = Number(plain.readBigUInt64LE(0));
    this.header = JSON.parse(plain.toString('utf8', 8, 8 + length));
    const copy = new Uint8Array(plain.length - 8 - length);
    copy.set(plain.subarray(8 + length));
    this.#bytes = copy.buffer;
    this.#start = 0;
  }

  row(index: number): Row {
    return this.header.tensors[index] as Row;
  }

  /** The bytes of `count` elements of a row. */
  bytes({ at, dtype }: Row, count: number): ArrayBuffer {
    const begin = this.#start + at;
    return this.#bytes.slice(begin, begin + count * dtypeOf(dtype).itemsize);
  }

  #dense(row: Row): Tensor {
    const dtype = dtypeOf(row.dtype);
    if (row.device) return torch.empty(row.shape, { dtype, device: row.device });
    const shape = row.span === undefined ? row.shape : [row.span];
    const count = shape.reduce((product, size) => product * size, 1);
    let made: Tensor =
      count === 0
        ? torch.empty(shape, { dtype, device: testDevice })
        : toTestDevice(torch.fromArrayBuffer(this.bytes(row, count), { dtype }).clone()).view(
            shape,
          );
    if (row.span !== undefined) {
      made = made.asStrided(row.shape, row.strides as number[], row.offset ?? 0);
    }
    if (row.neg) made = torch._negView(made);
    return row.conj ? made.conj() : made;
  }

  /** The tensor of a row, made anew. */
  tensor(index: number): Tensor {
    const row = this.row(index);
    if (row.nested) {
      const nested = torch.nested as unknown as {
        nestedTensor(list: Tensor[], options: object): Tensor;
      };
      const parts = row.nested.map((part) => this.tensor(part));
      return nested.nestedTensor(parts, { dtype: dtypeOf(row.dtype) });
    }
    if (!row.layout) return this.#dense(row);
    const [first, second, third] = (row.parts as number[]).map((part) => this.tensor(part));
    if (row.layout === 'sparse_coo') {
      const made = torch.sparseCooTensor(first as Tensor, second as Tensor, row.shape);
      return made._coalesced_(row.coalesced as boolean);
    }
    const layout = member(camelCase(row.layout)) as Layout;
    const make = torch.sparseCompressedTensor as (...args: unknown[]) => Tensor;
    return make(first, second, third, row.shape, { dtype: dtypeOf(row.dtype), layout });
  }

  /** The JavaScript value that stands for what was written down. */
  value(written: unknown, results: readonly unknown[] = []): unknown {
    if (typeof written !== 'object' || written === null) return written;
    if (Array.isArray(written)) return written.map((item) => this.value(item, results));
    const [kind, body] = Object.entries(written)[0] as [string, unknown];
    switch (kind) {
      case 'ref':
        return results[body as number];
      case 't': {
        const made = this.tensor(body as number);
        return (written as { g?: boolean }).g ? made.requiresGrad_() : made;
      }
      case 'tuple':
        return (body as unknown[]).map((item) => this.value(item, results));
      case 'dict':
        return this.options(body as Record<string, unknown>, results);
      case 'class': {
        type Maker = new (options?: object) => unknown;
        const Class = (torch.nn as unknown as Record<string, Maker>)[body as string] as Maker;
        const { fields } = written as { fields?: Record<string, unknown> };
        return fields ? new Class(this.options(fields)) : new Class();
      }
      case 'dtype':
        return dtypeOf(body as string);
      case 'layout':
      case 'memoryFormat':
        return member(camelCase(body as string));
      case 'device':
        return body === 'cpu' ? testDevice : body;
      case 'slice': {
        const [start, stop, step] = (body as unknown[]).map((part) => this.value(part, results));
        return new Slice(...([start, stop, step] as [number, number, number]));
      }
      case 'ellipsis':
        return '...';
      case 'int':
        return BigInt(body as string);
      case 'float':
        return Number((body as string).replace('inf', 'Infinity'));
      case 'complex': {
        const [real, imag] = (body as unknown[]).map((part) => this.value(part)) as number[];
        return new Complex(real as number, imag as number);
      }
      default:
        throw new Error(`unknown value ${JSON.stringify(written)}`);
    }
  }

  /** Python's keyword arguments as options. */
  options(
    written: Record<string, unknown> = {},
    results: readonly unknown[] = [],
  ): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(written).map(([name, value]) => [camelCase(name), this.value(value, results)]),
    );
  }
}

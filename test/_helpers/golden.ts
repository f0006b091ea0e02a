import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { ExecutionContext } from 'ava';
import torch, { Complex, DType, Slice, Tensor } from 'sconce';
import { camelCase } from '../../lib/naming.js';
import { cpuCapability, cpuName } from './cpu.js';
import { isOnCpu, toTestDevice } from './device.js';

/** A tensor as test/golden/recording.py writes it: dtype, shape, elements in base64. */
type TensorRow = [dtype: string, shape: number[], elements: string];

/** What a golden file of test/golden/recording.py begins with. */
export interface Recorded {
  cpu: string;
  capability: string;
  tensors: TensorRow[];
}

/** Reads a golden file; one whose name ends in `.gz` is unpacked. */
export function readGolden<T>(name: string): T & Recorded {
  const bytes = readFileSync(new URL(`../golden/${name}`, import.meta.url));
  return JSON.parse((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString());
}

interface RecordedArray {
  array: string;
  items: number[];
}

const arrayClasses: Record<string, { from(items: Iterable<number>): unknown }> = {
  uint8: Uint8Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
};

/** NumPy's array as a TypedArray. */
function arrayOf({ array, items }: RecordedArray): unknown {
  if (array === 'int64') return BigInt64Array.from(items, BigInt);
  const arrayClass = arrayClasses[array];
  if (!arrayClass) throw new Error(`there is no TypedArray for ${array}`);
  return arrayClass.from(items);
}

/** sconce's own value of a dtype's name. */
export function dtypeOf(name: string): DType {
  const dtype = (torch as unknown as Record<string, unknown>)[name];
  if (!(dtype instanceof DType)) throw new Error(`there is no dtype ${name}`);
  return dtype;
}

/** How two results are compared. */
export interface Comparison {
  what?: string;
  /** How far apart they may be on another CPU, relative to the largest element. */
  tolerance?: number;
  /** Whether one CPU always gives the same bits. */
  isStable?: boolean;
  /** Whether there is only one right result: eigenvectors have a free sign. */
  isUnique?: boolean;
}

/** Turns what Python wrote into sconce's values, and compares sconce's with it. */
export class Player {
  /** Whether this machine must give Python's numbers to the last bit. */
  readonly isExact: boolean;

  constructor(private readonly golden: Recorded) {
    this.isExact = isOnCpu && cpuName() === golden.cpu && cpuCapability() === golden.capability;
  }

  #tensor(index: number): Tensor {
    const [dtype, shape, elements] = this.golden.tensors[index] as TensorRow;
    const bytes = Uint8Array.from(Buffer.from(elements, 'base64'));
    const made = torch.fromArrayBuffer(bytes.buffer, { dtype: dtypeOf(dtype) }).clone();
    return toTestDevice(made).view(shape);
  }

  /** A recorded value as an argument. */
  value(recorded: unknown): unknown {
    if (typeof recorded !== 'object' || recorded === null) return recorded;
    if (Array.isArray(recorded)) return recorded.map((item) => this.value(item));
    if ('tensor' in recorded) return this.#tensor(recorded.tensor as number);
    if ('dtype' in recorded) return dtypeOf(recorded.dtype as string);
    if ('complex' in recorded) return new Complex(...(recorded.complex as [number, number]));
    if ('array' in recorded) return arrayOf(recorded as RecordedArray);
    if ('slice' in recorded) return new Slice(...(recorded.slice as [number, number, number]));
    if ('number' in recorded) return Number((recorded.number as string).replace('inf', 'Infinity'));
    throw new Error(`unknown value ${JSON.stringify(recorded)}`);
  }

  /** Python's keyword arguments as options. */
  options(recorded: Record<string, unknown> = {}): Record<string, unknown> {
    const entries = Object.entries(recorded);
    return Object.fromEntries(entries.map(([name, value]) => [camelCase(name), this.value(value)]));
  }

  /** Compares a result: its type, dtype, shape and values. */
  compare(
    t: ExecutionContext,
    actual: unknown,
    recorded: unknown,
    { what = 'result', tolerance = 1e-6, isStable = true, isUnique = true }: Comparison = {},
  ): void {
    const expected = this.value(recorded);
    if (Array.isArray(expected)) {
      t.true(Array.isArray(actual), `${what} is an array`);
      t.is((actual as unknown[]).length, expected.length, `${what}: length`);
      for (const [i, item] of (recorded as unknown[]).entries()) {
        const options = { what: `${what}[${i}]`, tolerance, isStable, isUnique };
        this.compare(t, (actual as unknown[])[i], item, options);
      }
    } else if (expected instanceof Tensor) {
      t.true(actual instanceof Tensor, `${what} is a tensor`);
      const options = { what, tolerance, isStable, isUnique };
      this.#compareTensors(t, actual as Tensor, expected, options);
    } else {
      t.is(actual, expected, what);
    }
  }

  #compareTensors(
    t: ExecutionContext,
    actual: Tensor,
    expected: Tensor,
    { what, tolerance, isStable, isUnique }: Required<Comparison>,
  ): void {
    t.is(actual.dtype, expected.dtype, `${what}: dtype`);
    t.deepEqual(actual.shape, expected.shape, `${what}: shape`);
    if (!this.isExact && !isUnique) return;
    const numbers = parts(actual);
    const wanted = parts(expected);
    const isInteger = !expected.dtype.isFloatingPoint && !expected.dtype.isComplex;
    const largest = Math.max(0, ...wanted.filter(Number.isFinite).map(Math.abs));
    const allowed =
      (this.isExact && isStable) || isInteger ? 0 : largest * widen(tolerance, expected.dtype);
    const isNear = (x: number, y: number) => Object.is(x, y) || Math.abs(x - y) <= allowed;
    const wrong = wanted.findIndex((x, i) => !isNear(numbers[i] as number, x));
    if (wrong < 0) t.pass();
    else t.fail(`${what}: element ${wrong} is ${numbers[wrong]}, Python has ${wanted[wrong]}`);
  }
}

/** What a dtype of few bits can be asked for on another CPU, and any on another device. */
function widen(tolerance: number, dtype: DType): number {
  if (dtype.itemsize === 2) return 1e-2;
  return isOnCpu ? tolerance : 10 * tolerance;
}

/** The elements as numbers, real and imaginary parts in turn. */
function parts(x: Tensor): number[] {
  const dense = x.detach().resolveConj().resolveNeg();
  if (x.dtype.isComplex) return parts(torch.viewAsReal(dense));
  return dense.cpu().to(torch.float64).flatten().tolist() as number[];
}

/** The gradient that is sent back into an output; recording.py makes the same. */
export function outputGradient(x: Tensor): Tensor {
  const count = x.numel();
  const pattern = (factor: number, modulus: number, shift: number, divisor: number) =>
    torch.tensor(
      Float64Array.from({ length: count }, (_, i) => (((i * factor) % modulus) - shift) / divisor),
    );
  const real = pattern(7, 11, 5, 8);
  const values = x.dtype.isComplex ? torch.complex(real, pattern(5, 7, 3, 4)) : real;
  return values.to(x.dtype).to(x.device).view(x.shape);
}

/** The tensors inside arguments that gradients can flow to, in order. */
export function floating(value: unknown): Tensor[] {
  if (value instanceof Tensor) {
    return value.dtype.isFloatingPoint || value.dtype.isComplex ? [value] : [];
  }
  if (Array.isArray(value)) return value.flatMap(floating);
  const isOptions = typeof value === 'object' && value?.constructor === Object;
  return isOptions ? Object.values(value).flatMap(floating) : [];
}

/** For each leaf its gradient, or null where nothing flows to it. */
export function gradients(result: unknown, leaves: Tensor[]): (Tensor | null)[] {
  const outputs = floating(result).filter((output) => output.requiresGrad);
  if (outputs.length === 0) return leaves.map(() => null);
  return torch.autograd.grad(outputs, leaves, outputs.map(outputGradient), { allowUnused: true });
}

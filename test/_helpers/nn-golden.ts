import { readFileSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import torch, { Tensor } from 'sconce';

/** A tensor of Python's: its shape and its elements. */
export interface Recorded {
  shape: number[];
  float32?: string;
  int64?: number[];
}

/** What came out of a layer or a function, and the gradients that went back. */
export interface Run {
  outputs: Recorded[];
  gradients?: (Recorded | null)[];
}

interface LayerCase {
  layer: string;
  args: unknown[];
  options: Record<string, unknown>;
  inputs: unknown[];
  repr: string;
  state: Record<string, Recorded>;
  stateAfter?: Record<string, Recorded>;
  train: Run;
  eval: Run | 'same';
}

interface FunctionCase extends Required<Run> {
  function: string;
  args: unknown[];
  options: Record<string, unknown>;
}

interface Golden {
  banks: { normal: string; uniform: string };
  layers: LayerCase[];
  functions: FunctionCase[];
}

/** What test/golden/nn.py wrote. */
export const golden: Golden = JSON.parse(
  readFileSync(new URL('../golden/nn.json', import.meta.url), 'utf8'),
);

function floats(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

const banks = { normal: floats(golden.banks.normal), uniform: floats(golden.banks.uniform) };

interface Spec {
  kind: 'normal' | 'uniform' | 'classes' | 'integers';
  shape: number[];
  offset: number;
  limit: number;
  values: number[];
}

/** The tensor that Python made from the same lines of the bank. */
function make({ kind, shape, offset, limit, values }: Spec): Tensor {
  if (kind === 'integers') return torch.tensor(values.map(BigInt)).view(shape);
  const bank = banks[kind === 'classes' ? 'uniform' : kind];
  const count = shape.reduce((product, size) => product * size, 1);
  const at = (i: number) => bank[(offset + i) % bank.length] as number;
  const elements = Float32Array.from({ length: count }, (_, i) => at(i));
  if (kind !== 'classes') return torch.tensor(elements).view(shape);
  return torch
    .tensor(BigInt64Array.from(elements, (x) => BigInt(Math.floor(x * limit))))
    .view(shape);
}

/** A recorded argument as the call takes it. */
export function argument(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  if ('tensor' in value) return make(value.tensor as Spec);
  return Number((value as { float: string }).float);
}

/** Recorded options as the call takes them. */
export function options(recorded: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(recorded).map(([key, value]) => [key, argument(value)]));
}

/** The arguments with the options after them, where there are any. */
export function callArguments(args: unknown[], recorded: Record<string, unknown>): unknown[] {
  const positional = args.map(argument);
  return Object.keys(recorded).length > 0 ? [...positional, options(recorded)] : positional;
}

/** Those of the values that gradients flow to. */
export function floating(values: unknown[]): Tensor[] {
  return values.filter(
    (value): value is Tensor => value instanceof Tensor && value.dtype.isFloatingPoint,
  );
}

/** The gradients of the leaves for the output gradient that Python used. */
export function backward(outputs: Tensor[], leaves: Tensor[]): (Tensor | null)[] {
  const recorded = outputs.filter((output) => output.requiresGrad);
  if (recorded.length === 0) return leaves.map(() => null);
  const gradients = recorded.map((output) =>
    make({ kind: 'normal', shape: output.shape, offset: 7, limit: 0, values: [] }),
  );
  for (const leaf of leaves) leaf.grad = null;
  torch.autograd.backward(recorded, gradients);
  return leaves.map((leaf) => leaf.grad && (leaf.grad.isSparse ? leaf.grad.toDense() : leaf.grad));
}

/** The tensors of a result as a list, as Python's tuples are recorded. */
export function asList(output: Tensor | (Tensor | null)[]): Tensor[] {
  return [output].flat().filter((tensor) => tensor !== null);
}

/** Compares a tensor with Python's; float elements to within 1e-6 of the largest, or exactly. */
export function compare(
  t: ExecutionContext,
  actual: Tensor | null | undefined,
  expected: Recorded | null,
  what: string,
  tolerance = 1e-6,
): void {
  if (!actual || !expected) {
    t.true(!actual && !expected, `${what}: only one side has it`);
    return;
  }
  t.deepEqual(actual.shape, expected.shape, `${what}: shape`);
  if (expected.int64) {
    t.deepEqual(actual.flatten().tolist(), expected.int64, what);
    return;
  }
  t.is(actual.dtype, torch.float32, `${what}: dtype`);
  const numbers = actual.contiguous().toTypedArray() as Float32Array;
  const wanted = floats(expected.float32 as string);
  const largest = wanted.reduce(
    (max, x) => (Number.isFinite(x) ? Math.max(max, Math.abs(x)) : max),
    0,
  );
  let worst = 0;
  for (const [i, x] of wanted.entries()) {
    const y = numbers[i] as number;
    if (!Object.is(x, y) && x !== y) worst = Math.max(worst, Math.abs(x - y) || Infinity);
  }
  t.true(worst <= tolerance * largest, `${what}: off by ${worst}, the largest being ${largest}`);
}

import { Complex } from '../complex.js';
import { int64 } from '../dtype.js';
import { formatFixed } from '../python-format.js';
import { floatRepr, repr } from '../python-repr.js';
import type { Tensor } from '../tensor.js';

/** How far two values may be apart: `atol + rtol * |expected|`. */
export interface Tolerances {
  rtol: number;
  atol: number;
}

/** A number as Python prints it; what belongs to floating-point numbers always as a float. */
function shown(value: unknown, isFloat: boolean): string {
  return typeof value === 'number' && isFloat ? floatRepr(value) : repr(value);
}

interface Difference {
  text: string;
  /** Where it is: indices, or nothing of a number. */
  at?: readonly number[];
}

function mismatch(
  name: string,
  facts: string,
  absolute: Difference,
  relative: Difference,
  { rtol, atol }: Tolerances,
): string {
  const isExact = rtol === 0 && atol === 0;
  const line = (kind: string, { text, at }: Difference, allowed: number) => {
    const begin = at
      ? `Greatest ${kind} difference: ${text} at index ${repr(at)}`
      : `${kind[0]?.toUpperCase()}${kind.slice(1)} difference: ${text}`;
    return isExact ? begin : `${begin} (up to ${floatRepr(allowed)} allowed)`;
  };
  return `${name} are not ${isExact ? 'equal' : 'close'}!

${facts}
${line('absolute', absolute, atol)}
${line('relative', relative, rtol)}`;
}

function magnitude(value: number | bigint | Complex): number {
  return value instanceof Complex ? Math.hypot(value.real, value.imag) : Math.abs(Number(value));
}

function distance(a: number | bigint | Complex, b: number | bigint | Complex): number {
  if (!(a instanceof Complex) && !(b instanceof Complex)) return Math.abs(Number(a) - Number(b));
  const parts = (x: number | bigint | Complex) =>
    x instanceof Complex ? [x.real, x.imag] : [Number(x), 0];
  const [aReal, aImag] = parts(a) as [number, number];
  const [bReal, bImag] = parts(b) as [number, number];
  return Math.hypot(aReal - bReal, aImag - bImag);
}

/** What is wrong with a number, in PyTorch's words. */
export function numberMismatch(
  actual: number | bigint | Complex,
  expected: number | bigint | Complex,
  tolerances: Tolerances,
  isFloat: boolean,
  name = 'Scalars',
): string {
  const absolute = distance(actual, expected);
  const size = magnitude(expected);
  const relative = size === 0 ? Number.POSITIVE_INFINITY : absolute / size;
  const facts = `Expected ${shown(expected, isFloat)} but got ${shown(actual, isFloat)}.`;
  return mismatch(
    name,
    facts,
    { text: shown(absolute, isFloat) },
    { text: floatRepr(relative) },
    tolerances,
  );
}

function unravel(flat: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = flat;
  for (const size of [...shape].reverse()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return index;
}

/** What is wrong with a tensor, in PyTorch's words; `matches` says which elements are right. */
export function tensorMismatch(
  actual: Tensor,
  expected: Tensor,
  matches: Tensor,
  tolerances: Tolerances,
  name = 'Tensor-likes',
): string {
  const count = matches.numel();
  const wrong = count - Number(matches.sum().item());
  const facts = `Mismatched elements: ${wrong} / ${count} (${formatFixed((100 * wrong) / count, 1)}%)`;
  const { isFloatingPoint, isComplex } = actual.dtype;
  const isFloat = isFloatingPoint || isComplex;
  const flat = (x: Tensor) => (isFloat ? x : x.to(int64)).flatten();
  const absolute = flat(actual).sub(flat(expected)).abs();
  const relative = absolute.div(flat(expected).abs());
  const matchesFlat = matches.flatten();
  const greatest = (x: Tensor): Difference => {
    const { values, indices } = x.maskedFill(matchesFlat, 0).max(0);
    const text = shown(values.item(), values.dtype.isFloatingPoint);
    return { text, at: unravel(Number(indices.item()), matches.shape) };
  };
  return mismatch(name, facts, greatest(absolute), greatest(relative), tolerances);
}

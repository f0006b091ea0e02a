import { describe } from '../../describe.js';
import { ValueError } from '../../errors.js';
import { Tensor } from '../../tensor.js';
import * as init from '../init.js';

/** Throws unless the value is a tensor. */
export function checkTensor(where: string, name: string, value: unknown): asserts value is Tensor {
  if (!(value instanceof Tensor)) {
    throw new TypeError(`${where}: ${name} must be a Tensor, got ${describe(value)}`);
  }
}

/** Throws unless a value is null or two tensors. */
export function checkPair(where: string, hx: unknown): void {
  if (hx === null || hx === undefined) return;
  if (!Array.isArray(hx) || hx.length !== 2) {
    throw new TypeError(`${where}: hx must be an array of two tensors, got ${describe(hx)}`);
  }
  for (const [i, state] of hx.entries()) checkTensor(where, `hx[${i}]`, state);
}

/** Throws unless all values are integers of at least 0, such as numbers of channels are. */
export function checkCounts(where: string, counts: Record<string, unknown>): void {
  for (const [name, count] of Object.entries(counts)) {
    if (!Number.isInteger(count)) {
      throw new TypeError(`${where}: ${name} must be an integer, got ${describe(count)}`);
    }
    if ((count as number) < 0) {
      throw new ValueError(`${where}: ${name} must not be negative, got ${count}`);
    }
  }
}

/** Throws unless the value is one size or `count` of them; null stands for the input's own. */
export function checkOutputSize(where: string, value: unknown, count: number): void {
  const isSize = (size: unknown) => size === null || Number.isInteger(size);
  const valid = Array.isArray(value)
    ? value.length === count && value.every(isSize)
    : isSize(value);
  if (valid) return;
  throw new TypeError(
    `${where}: outputSize must be an integer, null or an array of ${count} of them, got ${describe(value)}`,
  );
}

/** Throws unless the value is one integer, or `count` of them. */
export function checkSize(where: string, name: string, value: unknown, count: number): void {
  const valid = Array.isArray(value)
    ? value.length === count && value.every(Number.isInteger)
    : Number.isInteger(value);
  if (valid) return;
  const expected = count === 1 ? 'an array of one' : `an array of ${count} integers`;
  throw new TypeError(
    `${where}: ${name} must be an integer or ${expected}, got ${describe(value)}`,
  );
}

/** One number for each of `count` dimensions, from one for all or one for each. */
export function ntuple(
  where: string,
  name: string,
  value: number | readonly number[],
  count: number,
): number[] {
  checkSize(where, name, value, count);
  return typeof value === 'number' ? new Array<number>(count).fill(value) : [...value];
}

/** The sizes in reverse order, each of them `times` over: a layer's padding as `pad` takes it. */
export function reverseRepeat(sizes: readonly number[], times: number): number[] {
  return sizes.toReversed().flatMap((size) => new Array<number>(times).fill(size));
}

/** An output size with the input's own size wherever it is null. */
export function sizeOrDefault(
  size: number | readonly (number | null)[] | null,
  inputShape: readonly number[],
  count: number,
): number | number[] {
  if (typeof size === 'number') return size;
  if (inputShape.length <= count) {
    throw new ValueError(`Input dimension should be at least ${count + 1}`);
  }
  const defaults = inputShape.slice(-count);
  return size === null ? defaults : size.map((given, i) => given ?? (defaults[i] as number));
}

/** Draws a bias uniformly within one over the square root of its weight's fan-in. */
export function uniformByFanIn_(bias: Tensor, weight: Tensor): void {
  const fanIn = weight.shape.slice(1).reduce((product, size) => product * size, 1);
  const bound = fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0;
  init.uniform_(bias, -bound, bound);
}

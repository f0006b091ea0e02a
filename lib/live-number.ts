import { type Handle, idOf } from './handle.js';
import { native } from './native.js';
import type { Tensor } from './tensor.js';

// The codes of LiveNumber in binding/src/tape.h.
const CONSTANT = 0;
const INPUT = 1;
const ITEM = 2;
const NEGATE = 3;
const codes = { '+': 4, '-': 5, '*': 6, '/': 7, '**': 8 } as const;

const compute = {
  '+': (a: number, b: number) => a + b,
  '-': (a: number, b: number) => a - b,
  '*': (a: number, b: number) => a * b,
  '/': (a: number, b: number) => a / b,
  '**': (a: number, b: number) => native.pow(a, b),
};

/** Where a number is read anew before each replay: an object and its property. */
export type LiveSource = readonly [object: object, key: string];

/**
 * While a step is recorded, a number that another step will have otherwise: an option that a
 * schedule changes, or what follows from a count of steps. It stands where a number does, knows
 * how to be computed, and may be given to operators; any other use of it ends the recording.
 *
 * @internal
 */
export class LiveNumber {
  private constructor(
    readonly value: number,
    /** Codes, each with an operand, in postfix order. */
    readonly program: readonly number[],
  ) {}

  static input(index: number, value: number): LiveNumber {
    return new LiveNumber(value, [INPUT, index]);
  }

  /** The only element of a tensor, at the time of the replay. */
  static item(tensor: Handle): LiveNumber {
    const id = idOf(tensor);
    return new LiveNumber(native.peek(id), [ITEM, id]);
  }

  static negate(a: LiveNumber): LiveNumber {
    return new LiveNumber(-a.value, [...a.program, NEGATE, 0]);
  }

  static binary(
    operator: keyof typeof codes,
    a: number | LiveNumber,
    b: number | LiveNumber,
  ): LiveNumber {
    return new LiveNumber(compute[operator](numberNow(a), numberNow(b)), [
      ...programOf(a),
      ...programOf(b),
      codes[operator],
      0,
    ]);
  }

  [Symbol.toPrimitive](): number {
    native.tapeRefuse('JavaScript computes with an option or a count of steps of an optimizer');
    return this.value;
  }
}

/** The number that it is now. @internal */
export const numberNow = (a: number | LiveNumber) => (typeof a === 'number' ? a : a.value);
const programOf = (a: number | LiveNumber) => (typeof a === 'number' ? [CONSTANT, a] : a.program);

/** What is told of the modules and optimizers that a recorded step uses. @internal */
export interface Watch {
  module(module: object): void;
  optimizer(optimizer: object): void;
  /** The number among those of a replay that stands for a source. */
  source(source: LiveSource): number;
}

/** The watch of the step that is being recorded, or null. @internal */
export let watch: Watch | null = null;

/** @internal */
export function setWatch(given: Watch | null): void {
  watch = given;
}

/**
 * An option that a schedule may change, as a number: where a step is being recorded, one that is
 * read anew before each replay.
 *
 * @internal
 */
export function live<K extends string>(group: Record<K, unknown>, key: K): number {
  const value = group[key];
  if (watch === null || typeof value !== 'number') return Number(value);
  return LiveNumber.input(watch.source([group, key]), value) as unknown as number;
}

/** The only element of a tensor: where a step is being recorded, as it is in each replay. @internal */
export function liveItem(tensor: Tensor): number {
  if (watch === null) return Number(tensor.item());
  return LiveNumber.item(tensor) as unknown as number;
}

/** Whether it is a number, live or not. @internal */
export const isNumber = (value: unknown): value is number =>
  typeof value === 'number' || value instanceof LiveNumber;

/** `-a` @internal */
export function negated(a: number): number {
  return (a as unknown) instanceof LiveNumber
    ? (LiveNumber.negate(a as unknown as LiveNumber) as unknown as number)
    : -a;
}

/** `a OPERATOR b`, where either may be live. @internal */
export function combined(operator: keyof typeof codes, a: number, b: number): number {
  if ((a as unknown) instanceof LiveNumber || (b as unknown) instanceof LiveNumber) {
    return LiveNumber.binary(operator, a, b) as unknown as number;
  }
  return compute[operator](a, b);
}

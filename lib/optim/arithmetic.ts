import { type DType, dtypeOfCode } from '../dtype.js';
import { idOf } from '../handle.js';
import { isNumber } from '../live-number.js';
import { native } from '../native.js';
import { operators } from '../operators.js';
import type { Tensor } from '../tensor.js';

/** What stands beside a list of tensors: one for all of them, or one for each. */
export type Operand = number | Tensor | readonly number[] | readonly Tensor[];

/** A number for all tensors of a list, or one for each. */
export type Scalars = number | readonly number[];

/**
 * Arithmetic on lists of tensors, entry by entry, so that an optimizer's formula is written once
 * for the foreach operators and for a loop. A trailing underscore says that the first list is
 * changed.
 */
export interface Arithmetic {
  add(a: readonly Tensor[], b: Operand, alpha?: number): Tensor[];
  add_(a: readonly Tensor[], b: Operand, alpha?: Scalars): void;
  sub(a: readonly Tensor[], b: Operand): Tensor[];
  mul(a: readonly Tensor[], b: Operand): Tensor[];
  mul_(a: readonly Tensor[], b: Operand): void;
  div(a: readonly Tensor[], b: Operand): Tensor[];
  div_(a: readonly Tensor[], b: Operand): void;
  lerp_(a: readonly Tensor[], b: readonly Tensor[], weight: number): void;
  addcmul(
    a: readonly Tensor[],
    b: readonly Tensor[],
    c: readonly Tensor[],
    value: number,
  ): Tensor[];
  addcmul_(a: readonly Tensor[], b: readonly Tensor[], c: readonly Tensor[], value?: Scalars): void;
  addcdiv_(a: readonly Tensor[], b: readonly Tensor[], c: readonly Tensor[], value?: Scalars): void;
  maximum_(a: readonly Tensor[], b: readonly Tensor[]): void;
  copy_(a: readonly Tensor[], b: readonly Tensor[]): void;
  /** A number to the power of each tensor. */
  powOf(base: number, exponents: readonly Tensor[]): Tensor[];
  neg(a: readonly Tensor[]): Tensor[];
  abs(a: readonly Tensor[]): Tensor[];
  sqrt(a: readonly Tensor[]): Tensor[];
  reciprocal(a: readonly Tensor[]): Tensor[];
  /** `a + b` in the memory of `a`, where nothing else needs that any more. */
  addOver(a: readonly Tensor[], b: Operand): readonly Tensor[];
}

const isList = (operand: Operand): operand is readonly number[] | readonly Tensor[] =>
  Array.isArray(operand);

/**
 * Whether it is added by the overloads that take `alpha`: without that a tensor would go to the
 * one for numbers.
 */
function isAddend(operand: Operand): boolean {
  return !isNumber(isList(operand) ? operand[0] : operand);
}

/** The number that all of a list are, or undefined. */
function common(list: readonly number[]): number | undefined {
  const first = list[0];
  return list.every((item) => item === first) ? first : undefined;
}

/**
 * The dtype of tensors in the CPU's memory that all have one, and one as precise as their formulas
 * are computed in; else null. (Beside tensors on other devices a CPU's number does too.)
 */
export function scalarDtype(tensors: readonly Tensor[]): DType | null {
  const [first] = tensors;
  if (!first?.isCpu) return null;
  const code = native.dtype(idOf(first));
  const { name } = dtypeOfCode(code);
  if (name !== 'float32' && name !== 'float64') return null;
  for (const tensor of tensors) if (native.dtype(idOf(tensor)) !== code) return null;
  return dtypeOfCode(code);
}

/**
 * The foreach operators of libtorch: one call for all tensors.
 *
 * On the CPU libtorch runs them as loops, which make a tensor of a number anew for every entry; so
 * a number becomes a tensor of the list's dtype here, once, which rounds alike.
 */
export class Foreach implements Arithmetic {
  /** The dtype that the lists have, as `scalarDtype` gives it. */
  constructor(private readonly dtype: DType | null) {}

  /** A number as the tensor that does for all, where there is such a one. */
  #operand(operand: Operand): Operand {
    const single = isList(operand) && isNumber(operand[0]);
    const value = single ? (common(operand as readonly number[]) ?? operand) : operand;
    if (!isNumber(value) || !this.dtype) return value;
    return operators.torch.scalarTensor(value, { dtype: this.dtype });
  }

  add(a: readonly Tensor[], b: Operand, alpha = 1): Tensor[] {
    const other = this.#operand(b) as Tensor;
    if (!isAddend(other)) return operators.torch._foreachAdd(a, other);
    return operators.torch._foreachAdd(a, other, { alpha });
  }

  add_(a: readonly Tensor[], b: Operand, alpha: Scalars = 1): void {
    const factor = isNumber(alpha) ? alpha : common(alpha);
    const other = this.#operand(b) as Tensor;
    if (factor === undefined) oneByOne.add_(a, b, alpha);
    else if (isAddend(other)) operators.torch._foreachAdd_(a, other, { alpha: factor });
    else operators.torch._foreachAdd_(a, other);
  }

  sub(a: readonly Tensor[], b: Operand): Tensor[] {
    return isList(b)
      ? operators.torch._foreachSub(a, b as readonly Tensor[])
      : this.add(a, typeof b === 'number' ? -b : b.neg());
  }

  mul(a: readonly Tensor[], b: Operand): Tensor[] {
    return operators.torch._foreachMul(a, this.#operand(b) as Tensor);
  }

  mul_(a: readonly Tensor[], b: Operand): void {
    operators.torch._foreachMul_(a, this.#operand(b) as Tensor);
  }

  div(a: readonly Tensor[], b: Operand): Tensor[] {
    return operators.torch._foreachDiv(a, this.#operand(b) as Tensor);
  }

  div_(a: readonly Tensor[], b: Operand): void {
    operators.torch._foreachDiv_(a, this.#operand(b) as Tensor);
  }

  lerp_(a: readonly Tensor[], b: readonly Tensor[], weight: number): void {
    operators.torch._foreachLerp_(a, b, weight);
  }

  addcmul(
    a: readonly Tensor[],
    b: readonly Tensor[],
    c: readonly Tensor[],
    value: number,
  ): Tensor[] {
    return operators.torch._foreachAddcmul(a, b, c, value);
  }

  addcmul_(
    a: readonly Tensor[],
    b: readonly Tensor[],
    c: readonly Tensor[],
    value: Scalars = 1,
  ): void {
    operators.torch._foreachAddcmul_(a, b, c, together(value));
  }

  addcdiv_(
    a: readonly Tensor[],
    b: readonly Tensor[],
    c: readonly Tensor[],
    value: Scalars = 1,
  ): void {
    operators.torch._foreachAddcdiv_(a, b, c, together(value));
  }

  maximum_(a: readonly Tensor[], b: readonly Tensor[]): void {
    operators.torch._foreachMaximum_(a, b);
  }

  copy_(a: readonly Tensor[], b: readonly Tensor[]): void {
    operators.torch._foreachCopy_(a, b);
  }

  powOf(base: number, exponents: readonly Tensor[]): Tensor[] {
    return operators.torch._foreachPow(base, exponents);
  }

  neg(a: readonly Tensor[]): Tensor[] {
    return operators.torch._foreachNeg(a);
  }

  abs(a: readonly Tensor[]): Tensor[] {
    return operators.torch._foreachAbs(a);
  }

  sqrt(a: readonly Tensor[]): Tensor[] {
    return operators.torch._foreachSqrt(a);
  }

  reciprocal(a: readonly Tensor[]): Tensor[] {
    return operators.torch._foreachReciprocal(a);
  }

  addOver(a: readonly Tensor[], b: Operand): readonly Tensor[] {
    this.add_(a, b);
    return a;
  }
}

/** One number where all are equal, as the operators that take a list of them demand. */
function together(value: Scalars): number {
  // Typed as one of the overloads; a list goes to the other.
  return (isNumber(value) ? value : (common(value) ?? value)) as number;
}

const entry = <T>(operand: T | readonly T[], i: number): T =>
  Array.isArray(operand) ? (operand[i] as T) : (operand as T);

/** The number or the tensor beside entry `i`; typed as one of the two that an operator takes. */
const beside = (operand: Operand, i: number): Tensor =>
  entry<number | Tensor>(operand as number | Tensor | readonly (number | Tensor)[], i) as Tensor;

/** The same as a loop, which autograd can record. */
export const oneByOne: Arithmetic = {
  add: (a, b, alpha = 1) => a.map((x, i) => x.add(beside(b, i), { alpha })),
  add_(a, b, alpha = 1) {
    a.forEach((x, i) => {
      x.add_(beside(b, i), { alpha: entry(alpha, i) });
    });
  },
  sub: (a, b) => a.map((x, i) => x.sub(beside(b, i))),
  mul: (a, b) => a.map((x, i) => x.mul(beside(b, i))),
  mul_(a, b) {
    a.forEach((x, i) => {
      x.mul_(beside(b, i));
    });
  },
  div: (a, b) => a.map((x, i) => x.div(beside(b, i))),
  div_(a, b) {
    a.forEach((x, i) => {
      x.div_(beside(b, i));
    });
  },
  lerp_(a, b, weight) {
    a.forEach((x, i) => {
      x.lerp_(b[i] as Tensor, weight);
    });
  },
  addcmul: (a, b, c, value) =>
    a.map((x, i) => x.addcmul(b[i] as Tensor, c[i] as Tensor, { value })),
  addcmul_(a, b, c, value = 1) {
    a.forEach((x, i) => {
      x.addcmul_(b[i] as Tensor, c[i] as Tensor, { value: entry(value, i) });
    });
  },
  addcdiv_(a, b, c, value = 1) {
    a.forEach((x, i) => {
      x.addcdiv_(b[i] as Tensor, c[i] as Tensor, { value: entry(value, i) });
    });
  },
  maximum_(a, b) {
    a.forEach((x, i) => {
      x.copy_(operators.torch.maximum(x.clone(), b[i] as Tensor));
    });
  },
  copy_(a, b) {
    a.forEach((x, i) => {
      x.copy_(b[i] as Tensor);
    });
  },
  powOf: (base, exponents) => exponents.map((exponent) => operators.torch.pow(base, exponent)),
  neg: (a) => a.map((x) => x.neg()),
  abs: (a) => a.map((x) => x.abs()),
  sqrt: (a) => a.map((x) => x.sqrt()),
  reciprocal: (a) => a.map((x) => x.reciprocal()),
  addOver: (a, b) => a.map((x, i) => x.add(beside(b, i))),
};

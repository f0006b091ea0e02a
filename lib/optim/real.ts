import { combined } from '../live-number.js';
import { operators } from '../operators.js';
import { Tensor } from '../tensor.js';

/**
 * A number, or a tensor without dimensions that stands for one: arithmetic on it rounds to the
 * tensor's dtype where Python's does.
 */
export type Real = number | Tensor;

// A tensor's methods take a number or a tensor, by overloads that no union matches.
const either = (operand: Real) => operand as Tensor;

export function plus(a: Real, b: Real): Real {
  if (a instanceof Tensor) return a.add(either(b));
  return b instanceof Tensor ? b.add(a) : combined('+', a, b);
}

export function minus(a: Real, b: Real): Real {
  if (a instanceof Tensor) return a.sub(either(b));
  return b instanceof Tensor ? operators.torch.rsub(b, a) : combined('-', a, b);
}

export function times(a: Real, b: Real): Real {
  if (a instanceof Tensor) return a.mul(either(b));
  return b instanceof Tensor ? b.mul(a) : combined('*', a, b);
}

export function over(a: Real, b: Real): Real {
  if (a instanceof Tensor) return a.div(either(b));
  return b instanceof Tensor ? b.reciprocal().mul(a) : combined('/', a, b);
}

export function power(base: Real, exponent: number): Real {
  return base instanceof Tensor ? base.pow(exponent) : combined('**', base, exponent);
}

/** The number that it is. */
export function toNumber(a: Real): number {
  return a instanceof Tensor ? Number(a) : a;
}

export function isLess(a: Real, b: Real): boolean {
  if (a instanceof Tensor) return truth(a.lt(either(b)));
  return b instanceof Tensor ? truth(b.gt(a)) : a < b;
}

export function isAtMost(a: Real, b: Real): boolean {
  if (a instanceof Tensor) return truth(a.le(either(b)));
  return b instanceof Tensor ? truth(b.ge(a)) : a <= b;
}

function truth(condition: Tensor): boolean {
  return Boolean(condition.item());
}

export function magnitude(a: Real): Real {
  return a instanceof Tensor ? a.abs() : Math.abs(a);
}

/** The larger one; the first where they are equal, as in Python. */
export function larger(a: Real, b: Real): Real {
  return isLess(a, b) ? b : a;
}

/** The smaller one; the first where they are equal, as in Python. */
export function smaller(a: Real, b: Real): Real {
  return isLess(b, a) ? b : a;
}

import { native } from './native.js';

// JavaScript's engine has functions of its own for these, which differ from C's in the last bit
// here and there; Python's are C's.

/** `base ** exponent` as C's library, and so Python, rounds it. */
export function pow(base: number, exponent: number): number {
  return native.pow(base, exponent);
}

/** The cosine of `x` as C's library, and so Python, rounds it. */
export function cos(x: number): number {
  return native.cos(x);
}

/** The natural logarithm of `x` as C's library, and so Python, rounds it. */
export function log(x: number): number {
  return native.log(x);
}

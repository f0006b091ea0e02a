import { ValueError } from '../errors.js';
import { ModeGuard, within } from '../grad-mode.js';
import { native } from '../native.js';
import { checkOptions } from '../options.js';

/** How float32 is computed with: exactly, or with faster formats inside. */
export type Fp32Precision = 'none' | 'ieee' | 'tf32' | 'bf16';

const precisions = ['none', 'ieee', 'tf32', 'bf16'];

/** @internal */
export function setSwitch(where: string, name: string, value: boolean): void {
  if (typeof value !== 'boolean') {
    throw new TypeError(`torch.backends.${where} must be a boolean, got ${typeof value}`);
  }
  native.setSwitch(name, value);
}

/** @internal */
export const fp32Precision = (backend: string, op: string) =>
  native.fp32Precision(backend, op) as Fp32Precision;

/** @internal */
export function setFp32Precision(backend: string, op: string, precision: Fp32Precision): void {
  if (!precisions.includes(precision)) {
    throw new ValueError(
      `fp32Precision must be 'none', 'ieee', 'tf32' or 'bf16', got ${String(precision)}`,
    );
  }
  native.setFp32Precision(backend, op, precision);
}

/** The precision of one kind of operator, as a property. @internal */
export const precisionOf = (backend: string, op: string) =>
  Object.seal({
    /** How these operators compute with float32; `'none'` goes by the setting above it. */
    get fp32Precision(): Fp32Precision {
      return fp32Precision(backend, op);
    },
    set fp32Precision(precision: Fp32Precision) {
      setFp32Precision(backend, op, precision);
    },
  });

/**
 * Sets several properties of `target` for `body` or until the guard is disposed of; those that are
 * not given are set to their defaults, as in Python.
 *
 * @internal
 */
export function withFlags<R, Flags extends object>(
  where: string,
  target: Flags,
  defaults: Partial<Flags>,
  flags: Partial<Flags>,
  body: (() => R) | undefined,
): R | ModeGuard {
  checkOptions(where, flags, Object.keys(defaults));
  const wanted = { ...defaults, ...flags };
  const before = Object.fromEntries(
    Object.keys(defaults).map((name) => [name, target[name as keyof Flags]]),
  ) as Partial<Flags>;
  Object.assign(target, wanted);
  return within(new ModeGuard(() => Object.assign(target, before)), body);
}

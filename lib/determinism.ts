import { ValueError } from './errors.js';
import { native } from './native.js';
import { checkFlags, checkOptions } from './options.js';

/** The levels of {@link setDeterministicDebugMode}, by their numbers. */
const levels = ['default', 'warn', 'error'] as const;
const precisions = ['highest', 'high', 'medium'] as const;

/** How exact products of float32 matrices are. */
export type MatmulPrecision = (typeof precisions)[number];

/**
 * Whether operators must give the same result each time: those that can, choose an algorithm that
 * does; those that cannot, throw. It holds for the whole process.
 *
 * @param mode Whether they must.
 * @param options.warnOnly Whether an operator that cannot only warns. Default: false.
 *
 * @example
 * ```ts
 * torch.useDeterministicAlgorithms(true);
 * torch.areDeterministicAlgorithmsEnabled(); // true
 * torch.useDeterministicAlgorithms(false);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.use_deterministic_algorithms.html
 */
export function useDeterministicAlgorithms(
  mode: boolean,
  options: { warnOnly?: boolean } = {},
): void {
  checkOptions('useDeterministicAlgorithms()', options, ['warnOnly']);
  const { warnOnly = false } = options;
  checkFlags('useDeterministicAlgorithms()', { mode: mode ?? 'nothing', warnOnly });
  native.setDeterministicAlgorithms(mode, warnOnly);
}

/**
 * Whether operators must be deterministic; see {@link useDeterministicAlgorithms}.
 *
 * @example
 * ```ts
 * torch.areDeterministicAlgorithmsEnabled(); // false
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.are_deterministic_algorithms_enabled.html
 */
export function areDeterministicAlgorithmsEnabled(): boolean {
  return native.deterministicAlgorithms();
}

/**
 * Whether an operator that cannot be deterministic only warns.
 *
 * @example
 * ```ts
 * torch.isDeterministicAlgorithmsWarnOnlyEnabled(); // false
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.is_deterministic_algorithms_warn_only_enabled.html
 */
export function isDeterministicAlgorithmsWarnOnlyEnabled(): boolean {
  return native.deterministicAlgorithmsWarnOnly();
}

/**
 * What an operator does that is not deterministic: nothing (`'default'`, 0), warn (`'warn'`, 1) or
 * throw (`'error'`, 2). Another form of {@link useDeterministicAlgorithms}.
 *
 * @example
 * ```ts
 * torch.setDeterministicDebugMode('warn');
 * torch.getDeterministicDebugMode(); // 1
 * torch.setDeterministicDebugMode('default');
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.set_deterministic_debug_mode.html
 */
export function setDeterministicDebugMode(debugMode: 0 | 1 | 2 | 'default' | 'warn' | 'error') {
  const level = levels.findIndex((name, number) => debugMode === name || debugMode === number);
  if (level < 0) {
    throw new ValueError(
      `setDeterministicDebugMode() takes 'default', 'warn', 'error', 0, 1 or 2, got ${String(debugMode)}`,
    );
  }
  native.setDeterministicAlgorithms(level > 0, level === 1);
}

/**
 * What an operator does that is not deterministic: 0 for nothing, 1 for a warning, 2 for an error.
 *
 * @example
 * ```ts
 * torch.getDeterministicDebugMode(); // 0
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.get_deterministic_debug_mode.html
 */
export function getDeterministicDebugMode(): 0 | 1 | 2 {
  if (!native.deterministicAlgorithms()) return 0;
  return native.deterministicAlgorithmsWarnOnly() ? 1 : 2;
}

/**
 * How exact products of float32 matrices are: `'highest'` computes in float32, `'high'` and
 * `'medium'` may use faster formats inside (TensorFloat32, bfloat16). At the start it is
 * `'highest'`.
 *
 * @example
 * ```ts
 * torch.setFloat32MatmulPrecision('high');
 * torch.getFloat32MatmulPrecision(); // 'high'
 * torch.setFloat32MatmulPrecision('highest');
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.set_float32_matmul_precision.html
 */
export function setFloat32MatmulPrecision(precision: MatmulPrecision): void {
  if (!precisions.includes(precision)) {
    throw new ValueError(
      `setFloat32MatmulPrecision() takes 'highest', 'high' or 'medium', got ${String(precision)}`,
    );
  }
  native.setFloat32MatmulPrecision(precision);
}

/**
 * How exact products of float32 matrices are; see {@link setFloat32MatmulPrecision}.
 *
 * @example
 * ```ts
 * torch.getFloat32MatmulPrecision(); // 'highest'
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.get_float32_matmul_precision.html
 */
export function getFloat32MatmulPrecision(): MatmulPrecision {
  return precisions[native.float32MatmulPrecision()] as MatmulPrecision;
}

/**
 * Whether numbers too small for full precision count as zero, which is faster.
 *
 * @returns Whether this CPU can do it.
 *
 * @example
 * ```ts
 * torch.setFlushDenormal(false);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.set_flush_denormal.html
 */
export function setFlushDenormal(mode: boolean): boolean {
  checkFlags('setFlushDenormal()', { mode: mode ?? 'nothing' });
  return native.setFlushDenormal(mode);
}

/**
 * Whether libtorch repeats warnings that it otherwise gives once.
 *
 * @example
 * ```ts
 * torch.setWarnAlways(false);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.set_warn_always.html
 */
export function setWarnAlways(b: boolean): void {
  checkFlags('setWarnAlways()', { b: b ?? 'nothing' });
  native.setWarnAlways(b);
}

/**
 * Whether libtorch repeats warnings that it otherwise gives once.
 *
 * @example
 * ```ts
 * torch.isWarnAlwaysEnabled(); // false
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.is_warn_always_enabled.html
 */
export function isWarnAlwaysEnabled(): boolean {
  return native.warnAlways();
}

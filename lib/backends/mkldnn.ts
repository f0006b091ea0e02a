import { TorchError } from '../errors.js';
import { ModeGuard, within } from '../grad-mode.js';
import { native } from '../native.js';
import {
  type Fp32Precision,
  fp32Precision,
  precisionOf,
  setFp32Precision,
  setSwitch,
  withFlags,
} from './flags.js';

/** What {@link mkldnn.flags} takes. */
export interface MkldnnFlags {
  enabled: boolean;
  deterministic: boolean;
  allowTf32: boolean;
  fp32Precision: Fp32Precision;
}

const defaults: MkldnnFlags = {
  enabled: false,
  deterministic: false,
  allowTf32: true,
  fp32Precision: 'none',
};

/**
 * Sets its switches for `body`, and returns the result; without `body`, until the guard that it
 * returns is disposed of. Those that are not given are set too, to Python's defaults.
 *
 * @param flags `enabled` (default: false), `deterministic` (false), `allowTf32` (true),
 * `fp32Precision` (`'none'`).
 *
 * @example
 * ```ts
 * torch.backends.mkldnn.flags({ enabled: false }, () => model(x));
 * ```
 * @see https://pytorch.org/docs/stable/backends.html
 */
function flags(flags?: Partial<MkldnnFlags>): ModeGuard;
function flags<R>(flags: Partial<MkldnnFlags>, body: () => R): R;
function flags<R>(given: Partial<MkldnnFlags> = {}, body?: () => R): R | ModeGuard {
  return withFlags('backends.mkldnn.flags()', mkldnn as MkldnnFlags, defaults, given, body);
}

/** Lets a library tell on stdout what it does, for `body` or until the guard is disposed of. @internal */
export function verbosely<R>(
  library: 'mkl' | 'mkldnn',
  level: number,
  body: (() => R) | undefined,
): R | ModeGuard {
  if (level === 0) return within(new ModeGuard(() => {}), body);
  if (!native.setVerbose(library, level)) {
    throw new TorchError(
      `backends.${library}.verbose(): the library cannot be set to tell what it does`,
    );
  }
  return within(new ModeGuard(() => native.setVerbose(library, 0)), body);
}

/**
 * Lets it tell on stdout what it computes and how long that takes, for `body` or until the guard
 * that it returns is disposed of.
 *
 * @param level `VERBOSE_OFF`, `VERBOSE_ON`, or `VERBOSE_ON_CREATION` for the making of its kernels
 * too.
 *
 * @example
 * ```ts
 * torch.backends.mkldnn.verbose(torch.backends.mkldnn.VERBOSE_OFF, () => model(x));
 * ```
 * @see https://pytorch.org/docs/stable/backends.html#torch.backends.mkldnn.verbose
 */
function verbose(level: 0 | 1 | 2): ModeGuard;
function verbose<R>(level: 0 | 1 | 2, body: () => R): R;
function verbose<R>(level: 0 | 1 | 2, body?: () => R): R | ModeGuard {
  return verbosely('mkldnn', level, body);
}

/** Settings of oneDNN, Intel's library for CPUs, once MKL-DNN; Python's `torch.backends.mkldnn`. */
export const mkldnn = Object.seal({
  /** Levels of {@link mkldnn.verbose}. */
  VERBOSE_OFF: 0 as const,
  VERBOSE_ON: 1 as const,
  VERBOSE_ON_CREATION: 2 as const,

  /** Whether it is used. Default: true. */
  get enabled(): boolean {
    return native.getSwitch('mkldnn.enabled');
  },
  set enabled(value: boolean) {
    setSwitch('mkldnn.enabled', 'mkldnn.enabled', value);
  },
  /** Whether it uses only algorithms that give the same result each time. Default: false. */
  get deterministic(): boolean {
    return native.getSwitch('mkldnn.deterministic');
  },
  set deterministic(value: boolean) {
    setSwitch('mkldnn.deterministic', 'mkldnn.deterministic', value);
  },
  /** Whether it may compute in TensorFloat32. Default: false. */
  get allowTf32(): boolean {
    return native.getSwitch('mkldnn.allowTf32');
  },
  set allowTf32(value: boolean) {
    setSwitch('mkldnn.allowTf32', 'mkldnn.allowTf32', value);
  },
  /** How it computes with float32, where `matmul`, `conv` and `rnn` do not say. */
  get fp32Precision(): Fp32Precision {
    return fp32Precision('mkldnn', 'all');
  },
  set fp32Precision(precision: Fp32Precision) {
    setFp32Precision('mkldnn', 'all', precision);
  },
  /** Products of matrices. */
  matmul: precisionOf('mkldnn', 'matmul'),
  /** Convolutions. */
  conv: precisionOf('mkldnn', 'conv'),
  /** Recurrent layers. */
  rnn: precisionOf('mkldnn', 'rnn'),

  /**
   * Whether this libtorch has it.
   *
   * @example
   * ```ts
   * console.log(torch.backends.mkldnn.isAvailable());
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.mkldnn.is_available
   */
  isAvailable: (): boolean => native.hasBackend('mkldnn'),

  verbose,

  flags,
});

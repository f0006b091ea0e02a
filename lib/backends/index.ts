/**
 * What libtorch found of this machine, and which of its ways of computing may be used; Python's
 * `torch.backends`.
 *
 * @see https://pytorch.org/docs/stable/backends.html
 */
import { TorchError, ValueError } from '../errors.js';
import type { ModeGuard } from '../grad-mode.js';
import { isAvailable as isMpsAvailable } from '../mps/index.js';
import { native } from '../native.js';
import { cuda } from './cuda.js';
import { cudnn } from './cudnn.js';
import {
  type Fp32Precision,
  fp32Precision,
  precisionOf,
  setFp32Precision,
  setSwitch,
  withFlags,
} from './flags.js';
import { mkldnn, verbosely } from './mkldnn.js';

let fastpathEnabled = true;

const mha = Object.seal({
  /**
   * Whether attention and transformer encoders may run in one kernel where they are evaluated
   * without gradients. True at first.
   *
   * @example
   * ```ts
   * torch.backends.mha.getFastpathEnabled(); // true
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.mha.get_fastpath_enabled
   */
  getFastpathEnabled: (): boolean => fastpathEnabled,

  /**
   * Says whether attention and transformer encoders may run in one kernel where they are
   * evaluated without gradients.
   *
   * @example
   * ```ts
   * torch.backends.mha.setFastpathEnabled(true);
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.mha.set_fastpath_enabled
   */
  setFastpathEnabled: (value: boolean): void => {
    fastpathEnabled = value;
  },
});

const cpu = Object.seal({
  /**
   * The vector instructions in use: `AVX2`, `AVX512`, `DEFAULT`, ...
   *
   * @example
   * ```ts
   * console.log(torch.backends.cpu.getCpuCapability());
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.cpu.get_cpu_capability
   */
  getCpuCapability: (): string => native.cpuCapability(),
});

/**
 * Lets it tell on stdout what it computes and how long that takes, for `body` or until the guard
 * that it returns is disposed of.
 *
 * @param enable `VERBOSE_OFF` or `VERBOSE_ON`.
 *
 * @example
 * ```ts
 * torch.backends.mkl.verbose(torch.backends.mkl.VERBOSE_OFF, () => x.mm(x.t()));
 * ```
 * @see https://pytorch.org/docs/stable/backends.html#torch.backends.mkl.verbose
 */
function mklVerbose(enable: 0 | 1): ModeGuard;
function mklVerbose<R>(enable: 0 | 1, body: () => R): R;
function mklVerbose<R>(enable: 0 | 1, body?: () => R): R | ModeGuard {
  return verbosely('mkl', enable, body);
}

const mkl = Object.seal({
  /** Levels of {@link mkl.verbose}. */
  VERBOSE_OFF: 0 as const,
  VERBOSE_ON: 1 as const,

  /**
   * Whether this libtorch has MKL, Intel's library for linear algebra.
   *
   * @example
   * ```ts
   * console.log(torch.backends.mkl.isAvailable());
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.mkl.is_available
   */
  isAvailable: (): boolean => native.hasBackend('mkl'),

  verbose: mklVerbose,
});

const mps = Object.seal({
  /**
   * Whether this libtorch was built for GPUs of Apple's.
   *
   * @example
   * ```ts
   * console.log(torch.backends.mps.isBuilt());
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.mps.is_built
   */
  isBuilt: (): boolean => native.hasBackend('mps'),

  /**
   * Whether this libtorch was built for GPUs of Apple's, and finds one.
   *
   * @example
   * ```ts
   * const device = torch.backends.mps.isAvailable() ? 'mps' : 'cpu';
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.mps.is_available
   */
  isAvailable: (): boolean => isMpsAvailable(),
});

const openmp = Object.seal({
  /**
   * Whether this libtorch computes in parallel by OpenMP.
   *
   * @example
   * ```ts
   * console.log(torch.backends.openmp.isAvailable());
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.openmp.is_available
   */
  isAvailable: (): boolean => native.hasBackend('openmp'),
});

const kleidiai = Object.seal({
  /**
   * Whether this libtorch has KleidiAI, Arm's library for CPUs.
   *
   * @example
   * ```ts
   * console.log(torch.backends.kleidiai.isAvailable());
   * ```
   * @see https://pytorch.org/docs/stable/backends.html
   */
  isAvailable: (): boolean => native.hasBackend('kleidiai'),
});

const nnpackFlag = {
  get enabled(): boolean {
    return native.getSwitch('nnpack.enabled');
  },
  set enabled(value: boolean) {
    setSwitch('nnpack.enabled', 'nnpack.enabled', value);
  },
};

/**
 * Sets whether it is used, for `body` or until the guard that it returns is disposed of.
 *
 * @param flags `enabled` (default: false).
 *
 * @example
 * ```ts
 * torch.backends.nnpack.flags({ enabled: false }, () => model(x));
 * ```
 * @see https://pytorch.org/docs/stable/backends.html#torch.backends.nnpack.flags
 */
function nnpackFlags(flags?: { enabled?: boolean }): ModeGuard;
function nnpackFlags<R>(flags: { enabled?: boolean }, body: () => R): R;
function nnpackFlags<R>(flags: { enabled?: boolean } = {}, body?: () => R): R | ModeGuard {
  return withFlags('backends.nnpack.flags()', nnpackFlag, { enabled: false }, flags, body);
}

const nnpack = Object.seal({
  /**
   * Whether this libtorch has NNPACK, a library for convolutions on CPUs.
   *
   * @example
   * ```ts
   * console.log(torch.backends.nnpack.isAvailable());
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.nnpack.is_available
   */
  isAvailable: (): boolean => native.hasBackend('nnpack'),

  flags: nnpackFlags,

  /**
   * Sets whether it is used, and returns what was set before, in a list.
   *
   * @example
   * ```ts
   * torch.backends.nnpack.setFlags(true); // [true]
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.nnpack.set_flags
   */
  setFlags: (enabled: boolean): [boolean] => {
    const before = nnpackFlag.enabled;
    nnpackFlag.enabled = enabled;
    return [before];
  },
});

const engines = ['none', 'fbgemm', 'qnnpack', 'onednn', 'x86'] as const;
type Engine = (typeof engines)[number];

const quantized = Object.seal({
  /** The library that computes with quantized tensors. */
  get engine(): Engine {
    return engines[native.qEngine()] as Engine;
  },
  set engine(engine: Engine) {
    const number = engines.indexOf(engine);
    if (number < 0) {
      throw new TorchError(`${String(engine)} is not a valid value for quantized engine`);
    }
    native.qEngine(number);
  },
  /** The libraries that this libtorch has for it. */
  get supportedEngines(): Engine[] {
    return native.supportedQEngines().map((number) => engines[number] as Engine);
  },
});

const optEinsum = Object.seal({
  /**
   * Whether `torch.einsum` has Python's package opt_einsum, which seeks the order of several products:
   * never here. It contracts from left to right.
   *
   * @example
   * ```ts
   * torch.backends.optEinsum.isAvailable(); // false
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.opt_einsum.is_available
   */
  isAvailable: (): boolean => false,
  /** Whether it is used. */
  get enabled(): boolean {
    return false;
  },
  set enabled(enabled: boolean) {
    if (!enabled) return;
    throw new ValueError(
      'opt_einsum is not available; torch.einsum contracts from left to right: call it for two operands at a time, in the order that is best',
    );
  },
});

/**
 * Sets how everything computes with float32, for `body` or until the guard that it returns is
 * disposed of.
 *
 * @param flags `fp32Precision` (default: `'none'`).
 *
 * @example
 * ```ts
 * torch.backends.flags({ fp32Precision: 'ieee' }, () => x.mm(x.t()));
 * ```
 * @see https://pytorch.org/docs/stable/backends.html
 */
function flags(flags?: { fp32Precision?: Fp32Precision }): ModeGuard;
function flags<R>(flags: { fp32Precision?: Fp32Precision }, body: () => R): R;
function flags<R>(given: { fp32Precision?: Fp32Precision } = {}, body?: () => R): R | ModeGuard {
  const target = precisionOf('generic', 'all');
  return withFlags('backends.flags()', target, { fp32Precision: 'none' }, given, body);
}

export const backends = Object.seal({
  cpu,
  cuda,
  cudnn,
  kleidiai,
  mha,
  mkl,
  mkldnn,
  mps,
  nnpack,
  openmp,
  optEinsum,
  quantized,

  flags,

  /** How everything computes with float32, where a backend does not say. */
  get fp32Precision(): Fp32Precision {
    return fp32Precision('generic', 'all');
  },
  set fp32Precision(precision: Fp32Precision) {
    setFp32Precision('generic', 'all', precision);
  },
});

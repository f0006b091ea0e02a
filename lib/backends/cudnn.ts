import { float16, float32, float64 } from '../dtype.js';
import type { ModeGuard } from '../grad-mode.js';
import { native } from '../native.js';
import type { Tensor } from '../tensor.js';
import {
  type Fp32Precision,
  fp32Precision,
  precisionOf,
  setFp32Precision,
  setSwitch,
  withFlags,
} from './flags.js';

/** What {@link cudnn.flags} takes. */
export interface CudnnFlags {
  enabled: boolean;
  benchmark: boolean;
  benchmarkLimit: number;
  deterministic: boolean;
  allowTf32: boolean;
  fp32Precision: Fp32Precision;
  depthwiseKernel: 'auto' | 'cudnn' | 'native';
}

const defaults: CudnnFlags = {
  enabled: false,
  benchmark: false,
  benchmarkLimit: 10,
  deterministic: false,
  allowTf32: true,
  fp32Precision: 'none',
  depthwiseKernel: 'auto',
};

/**
 * Sets its switches for `body`, and returns the result; without `body`, until the guard that it
 * returns is disposed of. Those that are not given are set too, to Python's defaults.
 *
 * @param flags `enabled` (default: false), `benchmark` (false), `benchmarkLimit` (10),
 * `deterministic` (false), `allowTf32` (true), `fp32Precision` (`'none'`), `depthwiseKernel`
 * (`'auto'`).
 *
 * @example
 * ```ts
 * torch.backends.cudnn.flags({ enabled: true, deterministic: true }, () => model(torch.ones(1, 3)));
 * ```
 * @see https://pytorch.org/docs/stable/backends.html
 */
function flags(flags?: Partial<CudnnFlags>): ModeGuard;
function flags<R>(flags: Partial<CudnnFlags>, body: () => R): R;
function flags<R>(given: Partial<CudnnFlags> = {}, body?: () => R): R | ModeGuard {
  return withFlags('backends.cudnn.flags()', cudnn as CudnnFlags, defaults, given, body);
}

/** Settings of cuDNN, NVIDIA's library for convolutions and their like; Python's `torch.backends.cudnn`. */
export const cudnn = Object.seal({
  /** Whether it is used. Default: true. */
  get enabled(): boolean {
    return native.getSwitch('cudnn.enabled');
  },
  set enabled(value: boolean) {
    setSwitch('cudnn.enabled', 'cudnn.enabled', value);
  },
  /** Whether it tries its algorithms on the first inputs of a shape, and keeps the fastest. Default: false. */
  get benchmark(): boolean {
    return native.getSwitch('cudnn.benchmark');
  },
  set benchmark(value: boolean) {
    setSwitch('cudnn.benchmark', 'cudnn.benchmark', value);
  },
  /** How many algorithms it tries; 0 for all. Default: 10. */
  get benchmarkLimit(): number {
    return native.benchmarkLimit();
  },
  set benchmarkLimit(limit: number) {
    if (!Number.isInteger(limit)) {
      throw new TypeError(`torch.backends.cudnn.benchmarkLimit must be an integer, got ${limit}`);
    }
    native.benchmarkLimit(limit);
  },
  /** Whether it uses only algorithms that give the same result each time. Default: false. */
  get deterministic(): boolean {
    return native.getSwitch('cudnn.deterministic');
  },
  set deterministic(value: boolean) {
    setSwitch('cudnn.deterministic', 'cudnn.deterministic', value);
  },
  /** Whether convolutions of float32 may be of TensorFloat32. Default: true. */
  get allowTf32(): boolean {
    return native.getSwitch('cudnn.allowTf32');
  },
  set allowTf32(value: boolean) {
    setSwitch('cudnn.allowTf32', 'cudnn.allowTf32', value);
  },
  /** How it computes with float32, where `conv` and `rnn` do not say. */
  get fp32Precision(): Fp32Precision {
    return fp32Precision('cuda', 'all');
  },
  set fp32Precision(precision: Fp32Precision) {
    setFp32Precision('cuda', 'all', precision);
  },
  /** Whose kernel depthwise convolutions take. Default: `'auto'`. */
  get depthwiseKernel(): 'auto' | 'cudnn' | 'native' {
    return native.depthwiseKernel() as 'auto' | 'cudnn' | 'native';
  },
  set depthwiseKernel(kernel: 'auto' | 'cudnn' | 'native') {
    native.depthwiseKernel(kernel);
  },
  /** Convolutions. */
  conv: precisionOf('cuda', 'conv'),
  /** Recurrent layers. */
  rnn: precisionOf('cuda', 'rnn'),

  /**
   * Whether this libtorch has it.
   *
   * @example
   * ```ts
   * console.log(torch.backends.cudnn.isAvailable());
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.cudnn.is_available
   */
  isAvailable: (): boolean => native.hasBackend('cudnn'),

  /**
   * Its version, 91002 for 9.10.2; null where libtorch does not have it.
   *
   * @example
   * ```ts
   * console.log(torch.backends.cudnn.version());
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.cudnn.version
   */
  version: (): number | null => (native.hasBackend('cudnn') ? native.cudnnVersion() : null),

  /**
   * Whether it can compute with a tensor: on a GPU, of float16, float32 or float64.
   *
   * @example
   * ```ts
   * torch.backends.cudnn.isAcceptable(torch.zeros(2)); // false
   * ```
   * @see https://pytorch.org/docs/stable/backends.html
   */
  isAcceptable: (tensor: Tensor): boolean =>
    native.getSwitch('cudnn.enabled') &&
    tensor.isCuda &&
    [float16, float32, float64].includes(tensor.dtype) &&
    native.hasBackend('cudnn'),

  flags,
});

import { DType, dtypeOfCode } from './dtype.js';
import { native } from './native.js';

/**
 * The dtype that floating-point numbers of JavaScript become. It holds for the whole process.
 *
 * @example
 * ```ts
 * torch.getDefaultDtype(); // torch.float32
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.get_default_dtype.html
 */
export function getDefaultDtype(): DType {
  return dtypeOfCode(native.getDefaultDType());
}

/**
 * Sets the dtype that floating-point numbers become; at the start it is float32.
 *
 * @example
 * ```ts
 * torch.setDefaultDtype(torch.float64);
 * torch.tensor([1.5]).dtype; // torch.float64
 * torch.setDefaultDtype(torch.float32);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.set_default_dtype.html
 */
export function setDefaultDtype(dtype: DType): void {
  if (!(dtype instanceof DType) || !dtype.isFloatingPoint) {
    throw new TypeError(`setDefaultDtype() takes a floating-point dtype, got ${String(dtype)}`);
  }
  native.setDefaultDType(dtype.code);
}

function checkCount(where: string, count: number): number {
  if (!Number.isInteger(count) || count < 1 || count > 1024) {
    throw new TypeError(`${where} takes a whole number of threads from 1 to 1024, got ${count}`);
  }
  return count;
}

/**
 * Sets how many threads one CPU operator may use when this thread calls it. Each Worker that
 * computes grows a team of threads of its own, so that a service with several divides the cores
 * between them. A Worker begins with the count that any thread set last.
 *
 * @example
 * ```ts
 * torch.setNumThreads(1);
 * torch.getNumThreads(); // 1
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.set_num_threads.html
 */
export function setNumThreads(count: number): void {
  native.setNumThreads(checkCount('setNumThreads()', count));
}

/**
 * How many threads one CPU operator may use when this thread calls it.
 *
 * @example
 * ```ts
 * console.log(`${torch.getNumThreads()} threads`);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.get_num_threads.html
 */
export function getNumThreads(): number {
  return native.getNumThreads();
}

/**
 * Sets how many operators may run beside one another, for the whole process; once, before the
 * first parallel work.
 *
 * @example
 * ```ts
 * torch.setNumInteropThreads(2);
 * torch.getNumInteropThreads(); // 2
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.set_num_interop_threads.html
 */
export function setNumInteropThreads(count: number): void {
  native.setNumInteropThreads(checkCount('setNumInteropThreads()', count));
}

/**
 * How many operators may run beside one another.
 *
 * @example
 * ```ts
 * console.log(`${torch.getNumInteropThreads()} operators side by side`);
 * ```
 * @see https://pytorch.org/docs/stable/generated/torch.get_num_interop_threads.html
 */
export function getNumInteropThreads(): number {
  return native.getNumInteropThreads();
}

/** The versions: `torch` is that of the loaded libtorch, `cuda` null for its CPU build. */
export const version = {
  get torch(): string {
    return native.torchVersion();
  },
  get cuda(): string | null {
    return native.hasCuda() ? (/CUDA Runtime ([\d.]+)/.exec(native.showConfig())?.[1] ?? '') : null;
  },
};

/** How libtorch was built. */
export const config = {
  /**
   * libtorch's compiler, options and libraries, as lines of text.
   *
   * @example
   * ```ts
   * console.log(torch.config.show());
   * ```
   * @see https://pytorch.org/docs/stable/config_mod.html
   */
  show: (): string => native.showConfig(),
  /**
   * How libtorch runs things in parallel, as lines of text.
   *
   * @example
   * ```ts
   * console.log(torch.config.parallelInfo());
   * ```
   * @see https://pytorch.org/docs/stable/config_mod.html
   */
  parallelInfo: (): string => native.parallelInfo(),
};

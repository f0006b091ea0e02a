import { type Gpu, gpuIndex } from '../cuda/utils.js';
import { TorchError } from '../errors.js';
import { native } from '../native.js';
import { type Fp32Precision, fp32Precision, setFp32Precision, setSwitch } from './flags.js';

/** Whether sums may be of fewer bits; and whether a product may be split for it. */
export type ReducedPrecision = boolean | [allowReducedPrecision: boolean, allowSplitK?: boolean];

function setReduction(name: string, isBfloat16: boolean, value: ReducedPrecision): void {
  const [reduced, splitK = true] = Array.isArray(value) ? value : [value];
  if (typeof reduced !== 'boolean' || typeof splitK !== 'boolean') {
    throw new TypeError(`${name} expects a boolean or a list of one or two booleans`);
  }
  native.setReduction(isBfloat16, reduced, splitK);
}

const matmul = Object.seal({
  /** Whether products of float32 matrices may be of TensorFloat32. Default: false. */
  get allowTf32(): boolean {
    return native.getSwitch('cublas.allowTf32');
  },
  set allowTf32(value: boolean) {
    setSwitch('cuda.matmul.allowTf32', 'cublas.allowTf32', value);
  },
  /** Whether sums in products of float16 may be of float16. Default: true. */
  get allowFp16ReducedPrecisionReduction(): boolean {
    return native.reduction(false)[0];
  },
  set allowFp16ReducedPrecisionReduction(value: ReducedPrecision) {
    setReduction('allowFp16ReducedPrecisionReduction', false, value);
  },
  /** Whether products of float16 may be split along what is summed. Default: true. */
  get allowFp16ReducedPrecisionReductionSplitK(): boolean {
    return native.reduction(false)[1];
  },
  /** Whether sums in products of bfloat16 may be of bfloat16. Default: true. */
  get allowBf16ReducedPrecisionReduction(): boolean {
    return native.reduction(true)[0];
  },
  set allowBf16ReducedPrecisionReduction(value: ReducedPrecision) {
    setReduction('allowBf16ReducedPrecisionReduction', true, value);
  },
  /** Whether products of bfloat16 may be split along what is summed. Default: true. */
  get allowBf16ReducedPrecisionReductionSplitK(): boolean {
    return native.reduction(true)[1];
  },
  /** Whether products of float16 may be summed in float16. Default: false. */
  get allowFp16Accumulation(): boolean {
    return native.getSwitch('cublas.fp16Accumulation');
  },
  set allowFp16Accumulation(value: boolean) {
    setSwitch('cuda.matmul.allowFp16Accumulation', 'cublas.fp16Accumulation', value);
  },
  /** How products of float32 matrices are computed. */
  get fp32Precision(): Fp32Precision {
    return fp32Precision('cuda', 'matmul');
  },
  set fp32Precision(precision: Fp32Precision) {
    setFp32Precision('cuda', 'matmul', precision);
  },
});

/** The plans that cuFFT keeps for one GPU. */
const planCacheOf = (index: () => number) => ({
  /** How many it keeps. */
  get size(): number {
    return native.planCache(index(), 'size');
  },
  /** How many it may keep. */
  get maxSize(): number {
    return native.planCache(index(), 'maxSize');
  },
  set maxSize(size: number) {
    native.planCache(index(), 'maxSize', size);
  },
  /**
   * Lets go of them.
   *
   * @example
   * ```ts
   * // needs a GPU
   * torch.backends.cuda.cufftPlanCache.clear();
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.cuda.cufft_plan_cache
   */
  clear(): void {
    native.planCache(index(), 'clear');
  },
});

function gpuOfPlans(device: Gpu): number {
  const count = native.cudaDeviceCount();
  const index = gpuIndex(device);
  if (index < 0 || index >= count) {
    throw new TorchError(
      `cufftPlanCache: expected 0 <= device index < ${count}, but got device with index ${index}`,
    );
  }
  return index;
}

const linalgLibraries = ['default', 'cusolver', 'magma'] as const;
const blasLibraries = ['default', 'cublas', 'cublaslt', 'ck'] as const;

function prefer<Name extends string>(
  which: 'blas' | 'linalg',
  names: readonly Name[],
  backend: Name | null,
): Name {
  const choice = backend === null ? undefined : names.indexOf(backend);
  if (choice === -1) {
    throw new TorchError(`Unknown input value. Choose from: ${names.join(', ')}.`);
  }
  return names[native.preferredLibrary(which, choice)] as Name;
}

/** Settings of CUDA; Python's `torch.backends.cuda`. */
export const cuda = Object.seal({
  /** Products of matrices. */
  matmul,

  /** The plans of the GPU in use; `of(device)` has those of another. */
  cufftPlanCache: Object.assign(
    planCacheOf(() => gpuOfPlans(null)),
    {
      /**
       * The plans that are kept for a GPU; Python's `cufft_plan_cache[device]`.
       *
       * @example
       * ```ts
       * // needs a GPU
       * torch.backends.cuda.cufftPlanCache.of(0).size; // 0
       * ```
       * @see https://pytorch.org/docs/stable/backends.html
       */
      of: (device: Exclude<Gpu, null>) => {
        const index = gpuOfPlans(device);
        return planCacheOf(() => index);
      },
    },
  ),

  /**
   * Whether this libtorch was built with CUDA; `torch.cuda.isAvailable` says whether it can be used.
   *
   * @example
   * ```ts
   * console.log(torch.backends.cuda.isBuilt());
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.cuda.is_built
   */
  isBuilt: (): boolean => native.hasCuda(),

  /**
   * The library that CUDA's linear algebra prefers, after it was chosen, where it is given.
   *
   * @param backend `'default'` lets libtorch choose. Default: null, which changes nothing.
   *
   * @example
   * ```ts
   * torch.backends.cuda.preferredLinalgLibrary(); // 'default'
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.cuda.preferred_linalg_library
   */
  preferredLinalgLibrary: (backend: (typeof linalgLibraries)[number] | null = null) =>
    prefer('linalg', linalgLibraries, backend),

  /**
   * The library that CUDA's products of matrices prefer, after it was chosen, where it is given.
   *
   * @param backend `'default'` lets libtorch choose. Default: null, which changes nothing.
   *
   * @example
   * ```ts
   * console.log(torch.backends.cuda.preferredBlasLibrary());
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.cuda.preferred_blas_library
   */
  preferredBlasLibrary: (backend: (typeof blasLibraries)[number] | null = null) =>
    prefer('blas', blasLibraries, backend),

  /**
   * Whether attention may use the kernel of FlashAttention.
   *
   * @example
   * ```ts
   * torch.backends.cuda.flashSdpEnabled(); // true
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.cuda.flash_sdp_enabled
   */
  flashSdpEnabled: (): boolean => native.getSwitch('sdp.flash'),

  /**
   * Says whether attention may use the kernel of FlashAttention; `nn.attention.sdpaKernel` does so
   * for a block.
   *
   * @example
   * ```ts
   * torch.backends.cuda.enableFlashSdp(true);
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.cuda.enable_flash_sdp
   */
  enableFlashSdp: (enabled: boolean): void =>
    setSwitch('cuda.enableFlashSdp', 'sdp.flash', enabled),

  /**
   * Whether attention may use the kernel that saves memory.
   *
   * @example
   * ```ts
   * torch.backends.cuda.memEfficientSdpEnabled(); // true
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.cuda.mem_efficient_sdp_enabled
   */
  memEfficientSdpEnabled: (): boolean => native.getSwitch('sdp.memEfficient'),

  /**
   * Says whether attention may use the kernel that saves memory.
   *
   * @example
   * ```ts
   * torch.backends.cuda.enableMemEfficientSdp(true);
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.cuda.enable_mem_efficient_sdp
   */
  enableMemEfficientSdp: (enabled: boolean): void =>
    setSwitch('cuda.enableMemEfficientSdp', 'sdp.memEfficient', enabled),

  /**
   * Whether attention may be computed operator by operator.
   *
   * @example
   * ```ts
   * torch.backends.cuda.mathSdpEnabled(); // true
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.cuda.math_sdp_enabled
   */
  mathSdpEnabled: (): boolean => native.getSwitch('sdp.math'),

  /**
   * Says whether attention may be computed operator by operator.
   *
   * @example
   * ```ts
   * torch.backends.cuda.enableMathSdp(true);
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.cuda.enable_math_sdp
   */
  enableMathSdp: (enabled: boolean): void => setSwitch('cuda.enableMathSdp', 'sdp.math', enabled),

  /**
   * Whether attention may use cuDNN's kernel.
   *
   * @example
   * ```ts
   * torch.backends.cuda.cudnnSdpEnabled(); // true
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.cuda.cudnn_sdp_enabled
   */
  cudnnSdpEnabled: (): boolean => native.getSwitch('sdp.cudnn'),

  /**
   * Says whether attention may use cuDNN's kernel.
   *
   * @example
   * ```ts
   * torch.backends.cuda.enableCudnnSdp(true);
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.cuda.enable_cudnn_sdp
   */
  enableCudnnSdp: (enabled: boolean): void =>
    setSwitch('cuda.enableCudnnSdp', 'sdp.cudnn', enabled),

  /**
   * Whether attention that is computed operator by operator may sum in float16 and bfloat16.
   *
   * @example
   * ```ts
   * torch.backends.cuda.fp16Bf16ReductionMathSdpAllowed(); // false
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.cuda.fp16_bf16_reduction_math_sdp_allowed
   */
  fp16Bf16ReductionMathSdpAllowed: (): boolean => native.getSwitch('sdp.mathReduction'),

  /**
   * Says whether attention that is computed operator by operator may sum in float16 and bfloat16.
   *
   * @example
   * ```ts
   * torch.backends.cuda.allowFp16Bf16ReductionMathSdp(false);
   * ```
   * @see https://pytorch.org/docs/stable/backends.html#torch.backends.cuda.allow_fp16_bf16_reduction_math_sdp
   */
  allowFp16Bf16ReductionMathSdp: (enabled: boolean): void =>
    setSwitch('cuda.allowFp16Bf16ReductionMathSdp', 'sdp.mathReduction', enabled),
});

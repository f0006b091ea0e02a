import type { LeftOut } from './left-out.js';

/** The modules of devices and of how they compute. */
export type DeviceModule =
  | 'accelerator'
  | 'backends'
  | 'backends.cuda'
  | 'backends.cudnn'
  | 'backends.mkldnn'
  | 'cuda'
  | 'mps'
  | 'nn.attention'
  | 'random'
  | 'xpu';

const words = (text: string) => text.trim().split(/\s+/);

const graphs = 'CUDA graphs, private pools and snapshots: of the library that links CUDA';
const deprecated = 'deprecated in Python';

/** What sconce leaves out of them, as left-out.ts says of `torch`. */
export const leftOutOfDevices: Record<DeviceModule, LeftOut[]> = {
  accelerator: [
    { reason: graphs, names: ['Graph'] },
    {
      reason: `${deprecated}: \`currentDeviceIndex\`, \`setDeviceIndex\``,
      names: words('current_device_idx set_device_idx'),
    },
    { reason: 'a list of dtypes that operators need not take', names: ['get_device_capability'] },
  ],
  backends: [
    {
      reason: "PyTorch's own tests forbid assignment by them",
      names: words('disable_global_flags flags_frozen'),
    },
    { reason: '`flags` sets them for a block, and assignment from there on', names: ['set_flags'] },
    { reason: 'sparse products of NVIDIA, which no operator here needs', names: ['cusparselt'] },
    { reason: 'of AMD, for which there is no libtorch here', names: ['miopen'] },
    { reason: "kernels that are written in Python's Triton", names: ['python_native'] },
  ],
  'backends.cuda': [
    {
      reason: 'the classes behind `matmul` and `cufftPlanCache`',
      names: words(
        'cuBLASModule cuFFTPlanCache cuFFTPlanCacheAttrContextProp cuFFTPlanCacheManager',
      ),
    },
    {
      reason: 'of AMD, for which there is no libtorch here',
      names: words('is_ck_sdpa_available preferred_rocm_fa_library'),
    },
    { reason: `${deprecated}: \`nn.attention.sdpaKernel\``, names: ['sdp_kernel'] },
    {
      reason: 'asks kernels of libtorch_cuda, which this addon does not link: attention tries them',
      names: words(`SDPAParams can_use_cudnn_attention can_use_efficient_attention
        can_use_flash_attention is_flash_attention_available`),
    },
    {
      reason:
        'set by the environment variables `CUBLAS_WORKSPACE_CONFIG` and `CUBLASLT_WORKSPACE_SIZE`',
      names: words('blas_workspace_size cublas_workspace_size cublaslt_workspace_size'),
    },
  ],
  'backends.cudnn': [
    { reason: 'a list of dtypes', names: ['CUDNN_TENSOR_DTYPES'] },
    { reason: '`flags` sets them for a block, and assignment from there on', names: ['set_flags'] },
  ],
  'backends.mkldnn': [
    { reason: 'of Arm: `torch.config.show` tells', names: ['is_acl_available'] },
    { reason: '`flags` sets them for a block, and assignment from there on', names: ['set_flags'] },
  ],
  cuda: [
    {
      reason: graphs,
      names: words('GreenContext MemPool graphs use_mem_pool'),
    },
    {
      reason: "memory and allocators of another library's: functions of C",
      names: words(`CUDAPluggableAllocator caching_allocator_alloc caching_allocator_delete
        caching_allocator_disabled caching_allocator_enable change_current_allocator`),
    },
    {
      reason: "functions of CUDA's own libraries, called by hand",
      names: words(`check_error cudaStatus cudart current_blas_handle current_solver_handle
        jiterator nccl nvtx profiler tunable`),
    },
    {
      reason: 'of libtorch_cuda alone, which this addon does not link',
      names: words('get_sync_debug_mode set_sync_debug_mode'),
    },
    {
      reason: 'memory that processes share: Workers of Node share a process',
      names: ['ipc_collect'],
    },
    {
      reason: '`TorchError` here, and calls that wait are not announced',
      names: words('AcceleratorError CudaError DeferredCudaCallError'),
    },
    { reason: 'the class behind `stream`: a `ModeGuard` here', names: ['StreamContext'] },
    { reason: '`getRngState` and `setRngState` reach them', names: ['default_generators'] },
    {
      reason: `${deprecated}: \`torch.autocast\`, \`torch.amp\``,
      names: ['amp'],
    },
    {
      reason: `${deprecated}: \`memoryReserved\`, \`maxMemoryReserved\`, \`resetPeakMemoryStats\``,
      names: words(
        'max_memory_cached memory_cached reset_max_memory_allocated reset_max_memory_cached',
      ),
    },
    {
      reason: 'what libtorch was built with: `torch.config.show`',
      names: words('has_half has_magma'),
    },
    { reason: 'files that the GPU reads itself: of cuFile', names: ['gds'] },
    {
      reason: 'modules whose functions stand in `torch.cuda` itself',
      names: words('green_contexts random streams'),
    },
    { reason: "Python's constructors of before 0.4", names: ['sparse'] },
    {
      reason: "Python's constructors of before 0.4, and the typed storages",
      names: words(`BFloat16Storage BFloat16Tensor BoolStorage BoolTensor ByteStorage ByteTensor
        CharStorage CharTensor ComplexDoubleStorage ComplexFloatStorage DoubleStorage DoubleTensor
        FloatStorage FloatTensor HalfStorage HalfTensor IntStorage IntTensor LongStorage LongTensor
        ShortStorage ShortTensor`),
    },
    {
      reason: "what Python's module imports for itself",
      names: words(`Any Callable DEVICE_REQUIREMENT Device NewType Optional
        PYTORCH_RELEASES_CODE_CC TYPE_CHECKING cast classproperty importlib lru_cache os platform
        threading torch traceback warnings`),
    },
  ],
  mps: [
    {
      reason: 'kernels of Metal, compiled and called by hand',
      names: words('compile_shader load_metallib'),
    },
    {
      reason: '`torch.accelerator`, `torch.Event` and `torch.Generator` reach the same',
      names: words(`Event current_allocated_memory driver_allocated_memory empty_cache
        get_rng_state manual_seed recommended_max_memory seed set_per_process_memory_fraction
        set_rng_state synchronize`),
    },
    { reason: "of Apple's Instruments", names: ['profiler'] },
  ],
  'nn.attention': [
    {
      reason: "flash kernels that are written in Python's packages",
      names: words(`activate_flash_attention_impl current_flash_attention_impl
        list_flash_attention_impls register_flash_attention_impl restore_flash_attention_impl`),
    },
    {
      reason: 'asks kernels of libtorch_cuda, which this addon does not link',
      names: ['WARN_FOR_UNFUSED_KERNELS'],
    },
  ],
  random: [{ reason: "of Python's data loading in threads", names: ['thread_safe_generator'] }],
  xpu: [
    {
      reason:
        '`torch.accelerator`, `torch.Stream`, `torch.Event` and `torch.Generator` reach the same',
      names: words(`Event Stream StreamContext current_device current_stream default_generators
        device device_of empty_cache get_per_process_memory_fraction get_rng_state
        get_rng_state_all get_stream_from_external init initial_seed is_initialized manual_seed
        manual_seed_all max_memory_allocated max_memory_reserved mem_get_info memory_allocated
        memory_reserved memory_stats memory_stats_as_nested_dict reset_accumulated_memory_stats
        reset_peak_memory_stats seed seed_all set_device set_per_process_memory_fraction
        set_rng_state set_rng_state_all set_stream stream streams synchronize`),
    },
    {
      reason: 'of a libtorch for Intel, which sconce does not fetch',
      names: words(`MemPool XPUGraph XPUPluggableAllocator can_device_access_peer
        change_current_allocator clock_rate device_memory_used get_arch_list get_device_capability
        get_device_name get_device_properties get_gencode_flags graph graph_pool_handle
        is_bf16_supported is_current_stream_capturing is_tf32_supported make_graphed_callables
        memory_snapshot memory_usage power_draw temperature use_mem_pool utilization`),
    },
  ],
};

import { type DeviceModule, leftOutOfDevices } from './left-out-devices.js';

/** Public names of Python's that sconce does not have, and why. */
export interface LeftOut {
  reason: string;
  names: string[];
}

const words = (text: string) => text.trim().split(/\s+/);

/** What the lists are of. */
export type Owner = 'Tensor' | 'torch' | DeviceModule;

/**
 * Every public name of Python's `torch.Tensor`, `torch` and the modules of devices that sconce has not by the naming rule:
 * test/codegen/surface.test.ts holds the lists against Python and against sconce, and
 * docs/porting.md shows them.
 */
export const leftOut: Record<Owner, LeftOut[]> = {
  Tensor: [
    {
      reason: 'raises an error in Python too, which names what took its place in `torch.linalg`',
      names: words('eig lstsq solve symeig'),
    },
    {
      reason: 'deprecated in Python: `resize_`, `resizeAs_`',
      names: words('resize resize_as'),
    },
    { reason: 'raises an error in Python too', names: ['reinforce'] },
    { reason: 'always empty in Python: left from before 0.4', names: words('name volatile') },
    {
      reason: "Python's constructor of before 0.4: `newTensor`, `newEmpty`, `newZeros`, ...",
      names: ['new'],
    },
    {
      reason: 'the typed storages, which Python deprecates: `untypedStorage`',
      names: words('storage storage_type'),
    },
    { reason: '`dataPtr`: there is no copy on write to avoid here', names: ['const_data_ptr'] },
    {
      reason: "NumPy's: `asTypedArray` shares the memory, `toTypedArray` copies it",
      names: ['numpy'],
    },
    {
      reason: "concerns Python's classes derived from Tensor, which operators give back there",
      names: words('as_subclass module_load'),
    },
    {
      reason: 'of devices that sconce does not reach',
      names: words('ipu is_ipu is_maia is_mtia is_vulkan is_xla mtia xpu'),
    },
  ],
  torch: [
    {
      reason: 'a class whose name is written large: `DType`, `Layout`, `MemoryFormat`, `QScheme`',
      names: words('dtype layout memory_format qscheme'),
    },
    { reason: 'an array of numbers here', names: ['Size'] },
    {
      reason: "NumPy's and Python's buffers: `fromTypedArray`, `fromArrayBuffer`",
      names: words('from_numpy frombuffer'),
    },
    {
      reason: 'DLPack, which no library of Node speaks',
      names: words('from_dlpack to_dlpack'),
    },
    {
      reason: 'raises an error in Python too, which names what took its place in `torch.linalg`',
      names: words('eig lstsq matrix_rank solve symeig'),
    },
    {
      reason: 'a second name of a sparse product: `mm`, `hspmm`, `sspaddmm`',
      names: words('dsmm hsmm saddmm spmm'),
    },
    {
      reason: 'deprecated in Python: `setDefaultDtype`, `setDefaultDevice`',
      names: ['set_default_tensor_type'],
    },
    {
      reason: "Python's constructors of before 0.4: `torch.tensor(..., { dtype })`",
      names: words(`BFloat16Tensor BoolTensor ByteTensor CharTensor DoubleTensor FloatTensor
        HalfTensor IntTensor LongTensor ShortTensor`),
    },
    {
      reason: 'the typed storages, which Python deprecates: `UntypedStorage`',
      names: words(`BFloat16Storage BoolStorage ByteStorage CharStorage ComplexDoubleStorage
        ComplexFloatStorage DoubleStorage FloatStorage HalfStorage IntStorage LongStorage
        QInt32Storage QInt8Storage QUInt2x4Storage QUInt4x2Storage QUInt8Storage ShortStorage
        Storage StorageBase TypedStorage`),
    },
    {
      reason: "TorchScript, which runs Python's programs without Python",
      names: words(`AliasDb AnyType Argument ArgumentSpec AwaitType Block BufferDict CallStack
        BoolType Capsule ClassType Code CompilationUnit CompleteArgumentSpec ComplexType ConcreteModuleType
        ConcreteModuleTypeBuilder DeepCopyMemoTable DeserializationStorageContext DeviceObjType
        DictType EnumType ErrorReport ExecutionPlan FatalError FileCheck FloatType FunctionSchema
        Future FutureType Gradient Graph GraphExecutorState IODescriptor InferredType IntType
        InterfaceType JITException ListType LiteScriptModule LockingLogger LoggerBase ModuleDict
        Node NoneType NoopLogger NumberType OperatorInfo OptionalType ParameterDict PyObjectType
        PyTorchFileReader PyTorchFileWriter RRefType ScriptClass ScriptClassFunction ScriptDict
        ScriptDictIterator ScriptDictKeyIterator ScriptFunction ScriptList ScriptListIterator
        ScriptMethod ScriptModule ScriptModuleSerializer ScriptObject ScriptObjectProperty
        SerializationStorageContext StaticModule StreamObjType StringType SymBoolType SymIntType
        TensorType ThroughputBenchmark BenchmarkConfig BenchmarkExecutionStats TracingState
        TupleType Type UnionType Use Value fork import_ir_module import_ir_module_from_buffer
        merge_type_from_type_comment parse_ir parse_schema parse_type_comment unify_type_list wait`),
    },
    {
      reason: 'torch.compile and export: graphs of Python programs',
      names: words(`compile cond while_loop SymBool SymFloat SymInt sym_float sym_fresh_size sym_int
        sym_ite sym_max sym_min sym_not sym_sqrt sym_sum Tag`),
    },
    {
      reason: "inside of Python's binding",
      names:
        words(`AVG AggregationType DisableTorchFunction DisableTorchFunctionSubclass DispatchKey
        DispatchKeySet ExcludeDispatchKeyGuard PRIVATE_OPS SUM TYPE_CHECKING USE_GLOBAL_DEPS
        USE_RTLD_GLOBAL_WITH_LIBTORCH classproperty compiled_with_cxx11_abi get_file_path
        init_num_threads prepare_multiprocessing_environment
        profiler_allow_cudagraph_cupti_lazy_reinit_cuda12 thread_safe_generator`),
    },
    {
      reason: '`torch.config.show` says how libtorch was built',
      names: words('has_lapack has_mkl has_openmp has_spectral'),
    },
    {
      reason: 'deprecated in Python: `isAutocastEnabled(deviceType)` and its kin',
      names: words(`get_autocast_cpu_dtype get_autocast_gpu_dtype get_autocast_ipu_dtype
        get_autocast_xla_dtype is_autocast_cpu_enabled is_autocast_ipu_enabled
        is_autocast_xla_enabled set_autocast_cpu_dtype set_autocast_cpu_enabled
        set_autocast_gpu_dtype set_autocast_ipu_dtype set_autocast_ipu_enabled
        set_autocast_xla_dtype set_autocast_xla_enabled`),
    },
    {
      reason: '`torch.autocast` goes in and out of a region',
      names: words('autocast_decrement_nesting autocast_increment_nesting'),
    },
    {
      reason: '`autograd.detectAnomaly` and `autograd.setDetectAnomaly`',
      names: words('is_anomaly_check_nan_enabled is_anomaly_enabled set_anomaly_enabled'),
    },
    {
      reason: 'raised for errors of a GPU: `TorchError` here',
      names: ['AcceleratorError'],
    },
    { reason: 'a second name of `contiguousFormat`', names: ['legacy_contiguous_format'] },
    { reason: 'a second name of `uint1`', names: ['bit'] },
    {
      reason: 'quantized layers as one operator, which libtorch keeps for old programs',
      names: words('quantized_gru quantized_lstm'),
    },
  ],
  ...leftOutOfDevices,
};

#include "runtime.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/DeviceAccelerator.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/DefaultDtype.h>
#include <torch/version.h>

#include "convert.h"
#include "entry.h"
#include "error.h"
#include "recorder.h"
#include "replay.h"

namespace sconce {

at::Generator ToGenerator(Environment& environment, napi_value value) {
  int32_t id = 0;
  CheckStatus(environment.env, napi_get_value_int32(environment.env, value, &id));
  const at::Generator* generator = environment.generators.Find(id);
  if (generator != nullptr) return *generator;
  throw Error(ErrorClass::kType, "ERR_ARGUMENT", "this is not a torch.Generator");
}

uint64_t ToSeed(napi_env env, napi_value bigint) {
  uint64_t seed = 0;
  bool lossless = false;
  CheckStatus(env, napi_get_value_bigint_uint64(env, bigint, &seed, &lossless));
  return seed;
}

namespace {

// Generators are shared with libtorch's own threads: its lock guards their state.
template <class Body>
auto WithGenerator(Environment& environment, const Arguments& arguments, Body&& body) {
  RefuseRecording("the state of a generator is asked for or set");
  at::Generator generator = ToGenerator(environment, arguments[0]);
  const std::lock_guard<std::mutex> lock(generator.mutex());
  return body(generator);
}

napi_value BigInt(napi_env env, uint64_t value) {
  napi_value result;
  CheckStatus(env, napi_create_bigint_uint64(env, value, &result));
  return result;
}

void SeedGenerator(at::Generator generator, uint64_t seed) {
  const std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_current_seed(seed);
}

// manualSeed(seed): of the CPU, and of what there is beside it but CUDA, which may not be set up
// yet.
napi_value ManualSeed(Environment& environment, const Arguments& arguments) {
  RefuseRecording("the generators are seeded");
  const uint64_t seed = ToSeed(environment.env, arguments[0]);
  at::Context& context = at::globalContext();
  SeedGenerator(context.defaultGenerator(c10::DeviceType::CPU), seed);
  const auto type = at::accelerator::getAccelerator();
  if (!type || *type == c10::DeviceType::CUDA) return nullptr;
  const c10::DeviceIndex count = context.getAcceleratorHooksInterface(type).deviceCount();
  for (c10::DeviceIndex i = 0; i < count; ++i) {
    SeedGenerator(context.defaultGenerator({*type, i}), seed);
  }
  return nullptr;
}

// createGenerator(deviceCode, holder): number
napi_value CreateGenerator(Environment& environment, const Arguments& arguments) {
  const c10::Device device = ToDevice(arguments.Double(0));
  at::Generator generator = device.is_cpu() ? at::detail::createCPUGenerator()
                                            : at::globalContext()
                                                  .getAcceleratorHooksInterface(device.type())
                                                  .getNewGenerator(device.index());
  return arguments.Number(
      environment.generators.Add(environment.env, std::move(generator), arguments[1]));
}

// defaultGenerator(deviceCode, holder): number
napi_value DefaultGenerator(Environment& environment, const Arguments& arguments) {
  const at::Generator& generator =
      at::globalContext().defaultGenerator(ToDevice(arguments.Double(0)));
  return arguments.Number(environment.generators.Add(environment.env, generator, arguments[1]));
}

napi_value GeneratorManualSeed(Environment& environment, const Arguments& arguments) {
  const uint64_t seed = ToSeed(environment.env, arguments[1]);
  return WithGenerator(environment, arguments, [&](at::Generator& generator) -> napi_value {
    generator.set_current_seed(seed);
    return nullptr;
  });
}

napi_value GeneratorSeed(Environment& environment, const Arguments& arguments) {
  return WithGenerator(environment, arguments, [&](at::Generator& generator) {
    return BigInt(environment.env, generator.seed());
  });
}

napi_value GeneratorInitialSeed(Environment& environment, const Arguments& arguments) {
  return WithGenerator(environment, arguments, [&](at::Generator& generator) {
    return BigInt(environment.env, generator.current_seed());
  });
}

napi_value GeneratorGetState(Environment& environment, const Arguments& arguments) {
  return WithGenerator(environment, arguments, [&](at::Generator& generator) {
    return arguments.NewTensor(generator.get_state(), 1);
  });
}

napi_value GeneratorSetState(Environment& environment, const Arguments& arguments) {
  const at::Tensor& state = arguments.Tensor(1);
  return WithGenerator(environment, arguments, [&](at::Generator& generator) -> napi_value {
    generator.set_state(state);
    return nullptr;
  });
}

napi_value GeneratorDevice(Environment& environment, const Arguments& arguments) {
  return arguments.Number(DeviceCode(ToGenerator(environment, arguments[0]).device()));
}

napi_value SetNumThreads(Environment&, const Arguments& arguments) {
  at::set_num_threads(arguments.Int32(0));
  return nullptr;
}

napi_value GetNumThreads(Environment&, const Arguments& arguments) {
  return arguments.Number(at::get_num_threads());
}

napi_value SetNumInteropThreads(Environment&, const Arguments& arguments) {
  at::set_num_interop_threads(arguments.Int32(0));
  return nullptr;
}

napi_value GetNumInteropThreads(Environment&, const Arguments& arguments) {
  return arguments.Number(at::get_num_interop_threads());
}

napi_value SetDefaultDType(Environment&, const Arguments& arguments) {
  const auto dtype = static_cast<at::ScalarType>(arguments.Int32(0));
  c10::set_default_dtype(c10::scalarTypeToTypeMeta(dtype));
  return nullptr;
}

napi_value GetDefaultDType(Environment&, const Arguments& arguments) {
  return arguments.Number(static_cast<double>(c10::get_default_dtype_as_scalartype()));
}

// setDefaultDevice(code): where factories make their tensors; below 0 for libtorch's own choice.
napi_value SetDefaultDevice(Environment& environment, const Arguments& arguments) {
  const double code = arguments.Double(0);
  environment.operators.default_device =
      code < 0 ? std::nullopt : std::optional<c10::Device>(ToDevice(code));
  return nullptr;
}

// setDeterministicAlgorithms(mode: boolean, warnOnly: boolean)
napi_value SetDeterministicAlgorithms(Environment&, const Arguments& arguments) {
  at::globalContext().setDeterministicAlgorithms(arguments.Boolean(0), arguments.Boolean(1));
  return nullptr;
}

napi_value DeterministicAlgorithms(Environment&, const Arguments& arguments) {
  return arguments.Bool(at::globalContext().deterministicAlgorithms());
}

napi_value DeterministicAlgorithmsWarnOnly(Environment&, const Arguments& arguments) {
  return arguments.Bool(at::globalContext().deterministicAlgorithmsWarnOnly());
}

napi_value SetFloat32MatmulPrecision(Environment&, const Arguments& arguments) {
  at::globalContext().setFloat32MatmulPrecision(arguments.String(0));
  return nullptr;
}

// float32MatmulPrecision(): 0 for highest, 1 for high, 2 for medium.
napi_value Float32MatmulPrecision(Environment&, const Arguments& arguments) {
  return arguments.Number(static_cast<double>(at::globalContext().float32MatmulPrecision()));
}

// setFlushDenormal(mode): whether this CPU can do it.
napi_value SetFlushDenormal(Environment& environment, const Arguments& arguments) {
  const bool mode = arguments.Boolean(0);
  environment.replayer->flushes_denormals = mode;
  return arguments.Bool(at::globalContext().setFlushDenormal(mode));
}

napi_value SetWarnAlways(Environment&, const Arguments& arguments) {
  c10::WarningUtils::set_warnAlways(arguments.Boolean(0));
  return nullptr;
}

napi_value WarnAlways(Environment&, const Arguments& arguments) {
  return arguments.Bool(c10::WarningUtils::get_warnAlways());
}

napi_value TorchVersion(Environment& environment, const Arguments&) {
  return FromString(environment.env, TORCH_VERSION);
}

napi_value ShowConfig(Environment& environment, const Arguments&) {
  return FromString(environment.env, at::show_config());
}

napi_value ParallelInfo(Environment& environment, const Arguments&) {
  return FromString(environment.env, at::get_parallel_info());
}

napi_value CpuCapability(Environment& environment, const Arguments&) {
  return FromString(environment.env, at::get_cpu_capability());
}

}  // namespace

void InitRuntime(napi_env env, napi_value exports) {
  // Off by default in libtorch, which then crashes where an index of a sparse tensor is out of
  // range.
  at::globalContext().setCheckSparseTensorInvariants(true);
  Define<ManualSeed>(env, exports, "manualSeed");
  Define<CreateGenerator>(env, exports, "createGenerator");
  Define<DefaultGenerator>(env, exports, "defaultGenerator");
  Define<GeneratorManualSeed>(env, exports, "generatorManualSeed");
  Define<GeneratorSeed>(env, exports, "generatorSeed");
  Define<GeneratorInitialSeed>(env, exports, "generatorInitialSeed");
  Define<GeneratorGetState>(env, exports, "generatorGetState");
  Define<GeneratorSetState>(env, exports, "generatorSetState");
  Define<GeneratorDevice>(env, exports, "generatorDevice");
  Define<SetNumThreads>(env, exports, "setNumThreads");
  Define<GetNumThreads>(env, exports, "getNumThreads");
  Define<SetNumInteropThreads>(env, exports, "setNumInteropThreads");
  Define<GetNumInteropThreads>(env, exports, "getNumInteropThreads");
  Define<SetDefaultDType>(env, exports, "setDefaultDType");
  Define<GetDefaultDType>(env, exports, "getDefaultDType");
  Define<SetDefaultDevice>(env, exports, "setDefaultDevice");
  Define<SetDeterministicAlgorithms>(env, exports, "setDeterministicAlgorithms");
  Define<DeterministicAlgorithms>(env, exports, "deterministicAlgorithms");
  Define<DeterministicAlgorithmsWarnOnly>(env, exports, "deterministicAlgorithmsWarnOnly");
  Define<SetFloat32MatmulPrecision>(env, exports, "setFloat32MatmulPrecision");
  Define<Float32MatmulPrecision>(env, exports, "float32MatmulPrecision");
  Define<SetFlushDenormal>(env, exports, "setFlushDenormal");
  Define<SetWarnAlways>(env, exports, "setWarnAlways");
  Define<WarnAlways>(env, exports, "warnAlways");
  Define<TorchVersion>(env, exports, "torchVersion");
  Define<ShowConfig>(env, exports, "showConfig");
  Define<ParallelInfo>(env, exports, "parallelInfo");
  Define<CpuCapability>(env, exports, "cpuCapability");
}

}  // namespace sconce

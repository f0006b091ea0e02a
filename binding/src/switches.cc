#include "switches.h"

#include <ATen/Context.h>
#include <ATen/native/verbose_wrapper.h>
#include <ATen/ops/_nnpack_available.h>

#include <string>
#include <string_view>

#include "convert.h"
#include "entry.h"
#include "error.h"
#include "version.h"

namespace sconce {

namespace {

struct Switch {
  std::string_view name;
  bool (*get)(const at::Context&);
  void (*set)(at::Context&, bool);
};

#define SCONCE_SWITCH(name, getter, setter)                        \
  Switch {                                                         \
    name, [](const at::Context& c) -> bool { return c.getter(); }, \
        [](at::Context& c, bool value) { c.setter(value); }        \
  }

const Switch kSwitches[] = {
    SCONCE_SWITCH("cudnn.enabled", userEnabledCuDNN, setUserEnabledCuDNN),
    SCONCE_SWITCH("cudnn.benchmark", benchmarkCuDNN, setBenchmarkCuDNN),
    SCONCE_SWITCH("cudnn.deterministic", deterministicCuDNN, setDeterministicCuDNN),
    SCONCE_SWITCH("cudnn.allowTf32", allowTF32CuDNN, setAllowTF32CuDNN),
    SCONCE_SWITCH("cublas.allowTf32", allowTF32CuBLAS, setAllowTF32CuBLAS),
    SCONCE_SWITCH("cublas.fp16Accumulation", allowFP16AccumulationCuBLAS,
                  setAllowFP16AccumulationCuBLAS),
    SCONCE_SWITCH("sdp.flash", userEnabledFlashSDP, setSDPUseFlash),
    SCONCE_SWITCH("sdp.memEfficient", userEnabledMemEfficientSDP, setSDPUseMemEfficient),
    SCONCE_SWITCH("sdp.math", userEnabledMathSDP, setSDPUseMath),
    SCONCE_SWITCH("sdp.cudnn", userEnabledCuDNNSDP, setSDPUseCuDNN),
    SCONCE_SWITCH("sdp.overrideable", userEnabledOverrideableSDP, setSDPUseOverrideable),
    SCONCE_SWITCH("sdp.mathReduction", allowFP16BF16ReductionMathSDP,
                  setAllowFP16BF16ReductionMathSDP),
    SCONCE_SWITCH("mkldnn.enabled", userEnabledMkldnn, setUserEnabledMkldnn),
    SCONCE_SWITCH("mkldnn.deterministic", deterministicMkldnn, setDeterministicMkldnn),
    SCONCE_SWITCH("mkldnn.allowTf32", allowTF32OneDNN, setAllowTF32OneDNN),
    SCONCE_SWITCH("nnpack.enabled", userEnabledNNPACK, setUserEnabledNNPACK),
    SCONCE_SWITCH("miopen.immediate", immediateMiopen, setImmediateMiopen),
    SCONCE_SWITCH("fillUninitializedMemory", deterministicFillUninitializedMemory,
                  setDeterministicFillUninitializedMemory),
};

const Switch& Find(const Arguments& arguments) {
  const std::string name = arguments.String(0);
  for (const Switch& one : kSwitches) {
    if (one.name == name) return one;
  }
  throw Error(ErrorClass::kType, "ERR_ARGUMENT", "there is no switch " + name);
}

napi_value GetSwitch(Environment&, const Arguments& arguments) {
  return arguments.Bool(Find(arguments).get(at::globalContext()));
}

napi_value SetSwitch(Environment&, const Arguments& arguments) {
  Find(arguments).set(at::globalContext(), arguments.Boolean(1));
  return nullptr;
}

struct Fact {
  std::string_view name;
  bool (*holds)();
};

const Fact kFacts[] = {
    {"cuda", [] { return at::Context::hasCUDART(); }},
    {"cudnn", [] { return at::Context::hasCuDNN(); }},
    {"kleidiai", [] { return at::hasKleidiAI(); }},
    {"magma", [] { return at::hasMAGMA(); }},
    {"mkl", [] { return at::hasMKL(); }},
    {"mkldnn", [] { return at::hasMKLDNN(); }},
    {"mps", [] { return at::hasMPS(); }},
    {"nnpack", [] { return at::_nnpack_available(); }},
    {"openmp", [] { return at::hasOpenMP(); }},
    {"xnnpack", [] { return at::Context::isXNNPACKAvailable(); }},
    {"xpu", [] { return at::hasXPU(); }},
};

// hasBackend(name): whether this libtorch was built with it.
napi_value HasBackend(Environment&, const Arguments& arguments) {
  const std::string name = arguments.String(0);
  for (const Fact& fact : kFacts) {
    if (fact.name == name) return arguments.Bool(fact.holds());
  }
  return arguments.Bool(false);
}

// fp32Precision(backend, op): string
napi_value Fp32Precision(Environment& environment, const Arguments& arguments) {
  return FromString(environment.env,
                    at::precision2str(at::globalContext().float32Precision(
                        at::str2backend(arguments.String(0)), at::str2op(arguments.String(1)))));
}

napi_value SetFp32Precision(Environment&, const Arguments& arguments) {
  at::globalContext().setFloat32Precision(at::str2backend(arguments.String(0)),
                                          at::str2op(arguments.String(1)),
                                          at::str2precision(arguments.String(2)));
  return nullptr;
}

napi_value Reduction(Environment& environment, const Arguments& arguments) {
  const at::Context& context = at::globalContext();
  const at::CuBLASReductionOption option = arguments.Boolean(0)
                                               ? context.allowBF16ReductionCuBLAS()
                                               : context.allowFP16ReductionCuBLAS();
  using Option = at::CuBLASReductionOption;
  napi_value pair;
  CheckStatus(environment.env, napi_create_array_with_length(environment.env, 2, &pair));
  const bool parts[] = {option == Option::AllowReducedPrecisionWithSplitK,
                        option != Option::DisallowReducedPrecisionDisallowSplitK};
  for (uint32_t i = 0; i < 2; ++i) {
    CheckStatus(environment.env,
                napi_set_element(environment.env, pair, i, arguments.Bool(parts[i])));
  }
  return pair;
}

// setReduction(isBfloat16, reduced: boolean, splitK: boolean)
napi_value SetReduction(Environment&, const Arguments& arguments) {
  at::Context& context = at::globalContext();
  if (arguments.Boolean(0)) {
    context.setAllowBF16ReductionCuBLAS(arguments.Boolean(1), arguments.Boolean(2));
  } else {
    context.setAllowFP16ReductionCuBLAS(arguments.Boolean(1), arguments.Boolean(2));
  }
  return nullptr;
}

napi_value SdpPriority(Environment&, const Arguments& arguments) {
  std::vector<int64_t> order;
  for (const at::SDPBackend backend : at::globalContext().sDPPriorityOrder()) {
    order.push_back(static_cast<int64_t>(backend));
  }
  return arguments.Numbers(order);
}

napi_value SetSdpPriority(Environment& environment, const Arguments& arguments) {
  std::vector<int64_t> order;
  arguments.ForEach(0, [&](napi_value element) {
    int64_t backend = 0;
    CheckStatus(environment.env, napi_get_value_int64(environment.env, element, &backend));
    order.push_back(backend);
  });
  at::globalContext().setSDPPriorityOrder(order);
  return nullptr;
}

// preferred(which, choice?): number, the library that is preferred for CUDA's linear algebra.
napi_value Preferred(Environment&, const Arguments& arguments) {
  at::Context& context = at::globalContext();
  const bool is_blas = arguments.String(0) == "blas";
  if (arguments.Has(1)) {
    const int32_t choice = arguments.Int32(1);
    if (is_blas) {
      context.setBlasPreferredBackend(static_cast<at::BlasBackend>(choice));
    } else {
      context.setLinalgPreferredBackend(static_cast<at::LinalgBackend>(choice));
    }
  }
  return arguments.Number(is_blas ? static_cast<double>(context.blasPreferredBackend())
                                  : static_cast<double>(context.linalgPreferredBackend()));
}

// benchmarkLimit(limit?): number
napi_value BenchmarkLimit(Environment&, const Arguments& arguments) {
  at::Context& context = at::globalContext();
  if (arguments.Has(0)) context.setBenchmarkLimitCuDNN(arguments.Int32(0));
  return arguments.Number(context.benchmarkLimitCuDNN());
}

// depthwiseKernel(kernel?): string
napi_value DepthwiseKernelOf(Environment& environment, const Arguments& arguments) {
  at::Context& context = at::globalContext();
  if (arguments.Has(0)) SetDepthwiseKernel(context, arguments.String(0));
  return FromString(environment.env, DepthwiseKernel(context));
}

napi_value CudnnVersion(Environment&, const Arguments& arguments) {
  return arguments.Number(static_cast<double>(at::Context::versionRuntimeCuDNN()));
}

// setVerbose(library, level): whether it took it.
napi_value SetVerbose(Environment&, const Arguments& arguments) {
  const int level = arguments.Int32(1);
  return arguments.Bool((arguments.String(0) == "mkl"
                             ? torch::verbose::_mkl_set_verbose(level)
                             : torch::verbose::_mkldnn_set_verbose(level)) != 0);
}

// qEngine(engine?): number
napi_value QEngine(Environment&, const Arguments& arguments) {
  at::Context& context = at::globalContext();
  if (arguments.Has(0)) context.setQEngine(static_cast<at::QEngine>(arguments.Int32(0)));
  return arguments.Number(static_cast<double>(context.qEngine()));
}

napi_value SupportedQEngines(Environment&, const Arguments& arguments) {
  std::vector<int64_t> engines;
  for (const at::QEngine engine : at::Context::supportedQEngines()) {
    engines.push_back(static_cast<int64_t>(engine));
  }
  return arguments.Numbers(engines);
}

// planCache(gpu, what, size?): number, of cuFFT's plans.
napi_value PlanCache(Environment&, const Arguments& arguments) {
  const auto gpu = static_cast<c10::DeviceIndex>(arguments.Int32(0));
  const std::string what = arguments.String(1);
  const at::CUDAHooksInterface& hooks = at::detail::getCUDAHooks();
  if (what == "clear") hooks.cuFFTClearPlanCache(gpu);
  if (what == "maxSize" && arguments.Has(2)) {
    hooks.cuFFTSetPlanCacheMaxSize(gpu, static_cast<int64_t>(arguments.Double(2)));
  }
  return arguments.Number(static_cast<double>(
      what == "maxSize" ? hooks.cuFFTGetPlanCacheMaxSize(gpu) : hooks.cuFFTGetPlanCacheSize(gpu)));
}

}  // namespace

void InitSwitches(napi_env env, napi_value exports) {
  Define<GetSwitch>(env, exports, "getSwitch");
  Define<SetSwitch>(env, exports, "setSwitch");
  Define<HasBackend>(env, exports, "hasBackend");
  Define<Fp32Precision>(env, exports, "fp32Precision");
  Define<SetFp32Precision>(env, exports, "setFp32Precision");
  Define<Reduction>(env, exports, "reduction");
  Define<SetReduction>(env, exports, "setReduction");
  Define<SdpPriority>(env, exports, "sdpPriority");
  Define<SetSdpPriority>(env, exports, "setSdpPriority");
  Define<Preferred>(env, exports, "preferredLibrary");
  Define<BenchmarkLimit>(env, exports, "benchmarkLimit");
  Define<DepthwiseKernelOf>(env, exports, "depthwiseKernel");
  Define<CudnnVersion>(env, exports, "cudnnVersion");
  Define<SetVerbose>(env, exports, "setVerbose");
  Define<QEngine>(env, exports, "qEngine");
  Define<SupportedQEngines>(env, exports, "supportedQEngines");
  Define<PlanCache>(env, exports, "planCache");
}

}  // namespace sconce

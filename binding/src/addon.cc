#include <node_api.h>

#include <cstdlib>
#include <mutex>

#include "allocator.h"
#include "async.h"
#include "autocast.h"
#include "autograd.h"
#include "backward.h"
#include "compile-step.h"
#include "cuda-graph.h"
#include "custom-function.h"
#include "devices.h"
#include "dispatch.h"
#include "engine.h"
#include "entry.h"
#include "environment.h"
#include "functorch.h"
#include "graph.h"
#include "handles.h"
#include "indexing.h"
#include "libm.h"
#include "memory.h"
#include "node-hooks.h"
#include "nodes.h"
#include "nvidia.h"
#include "reference.h"
#include "runtime.h"
#include "saved-hooks.h"
#include "serialize.h"
#include "shared-memory.h"
#include "storage.h"
#include "streams.h"
#include "switches.h"
#include "tensor.h"

namespace sconce {

namespace {

// setErrorClasses(classes[]): in the order of ErrorClass.
napi_value SetErrorClasses(Environment& environment, const Arguments& arguments) {
  size_t index = 0;
  arguments.ForEach(0, [&](napi_value element) {
    environment.error_classes.at(index++) = KeepWithEnv(environment.env, element);
  });
  return nullptr;
}

// setWarningReceiver(receive: (message, isDeprecation) => void)
napi_value SetWarningReceiver(Environment& environment, const Arguments& arguments) {
  environment.warnings.SetReceiver(KeepWithEnv(environment.env, arguments[0]));
  return nullptr;
}

void DestroyEnvironment(napi_env env, void* data, void*) {
  auto* environment = static_cast<Environment*>(data);
  environment->recorder.reset();
  const std::shared_ptr<Graveyard> graveyard = environment->graveyard;
  c10::WarningUtils::set_warning_handler(nullptr);
  SetEngineEnvironment(nullptr);
  environment->slots.Clear();
  environment->nodes->Clear();
  environment->generators.Clear(env);
  environment->events.Clear(env);
  AbandonHandles(*environment);
  LeaveMemory();
  delete environment;
  graveyard->Empty(env);
  graveyard->Close();
}

}  // namespace

napi_value Init(napi_env env, napi_value exports) {
  static std::once_flag installed;
  std::call_once(installed, [] {
    InstallAllocator();
    InstallEngine();
  });
  auto* environment = new Environment(env);
  if (napi_set_instance_data(env, environment, DestroyEnvironment, nullptr) != napi_ok) {
    delete environment;
    return nullptr;
  }
  c10::WarningUtils::set_warning_handler(&environment->warnings);
  SetEngineEnvironment(environment);
  return Guard(*environment, [&] {
    Define<SetErrorClasses>(env, exports, "setErrorClasses");
    Define<SetWarningReceiver>(env, exports, "setWarningReceiver");
    InitDispatch(env, exports);
    InitTensor(env, exports);
    InitStorage(env, exports);
    InitSerialize(env, exports);
    InitAsync(env, exports);
    InitSharedMemory(env, exports);
    InitAutograd(env, exports);
    InitAutocast(env, exports);
    InitFunctorch(env, exports);
    InitBackward(env, exports);
    InitCompileStep(env, exports);
    InitCudaGraph(env, exports);
    InitCustomFunction(env, exports);
    InitDevices(env, exports);
    InitEngine(env, exports);
    InitGraph(env, exports);
    InitHandles(env, exports);
    InitNodeHooks(env, exports);
    InitSavedHooks(env, exports);
    InitIndexing(env, exports);
    InitNvidia(env, exports);
    InitRuntime(env, exports);
    InitStreams(env, exports);
    InitSwitches(env, exports);
    InitLibm(env, exports);
    InitMemory(env, exports);
    return exports;
  });
}

}  // namespace sconce

NAPI_MODULE_INIT() { return sconce::Init(env, exports); }

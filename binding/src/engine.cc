#include "engine.h"

#include <c10/core/AutogradState.h>
#include <c10/util/Exception.h>
#include <torch/csrc/autograd/anomaly_mode.h>
#include <torch/csrc/autograd/engine.h>
#include <torch/csrc/autograd/graph_task.h>
#include <torch/csrc/autograd/variable.h>

#include "autograd-state.h"
#include "entry.h"
#include "error.h"
#include "js-call.h"
#include "metadata.h"
#include "saved-hooks.h"

namespace sconce {

namespace {

thread_local Environment* current_environment = nullptr;

class JsEngine final : public torch::autograd::Engine {
 public:
  std::unique_ptr<torch::autograd::AnomalyMetadata> make_anomaly_metadata() override {
    return std::make_unique<NodeMetadata>(current_environment);
  }

  std::unique_ptr<torch::autograd::SavedVariableHooks> get_default_saved_variable_hooks() override {
    return current_environment != nullptr ? CurrentSavedTensorHooks(*current_environment) : nullptr;
  }
};

torch::autograd::Engine& TheEngine() {
  // Never destroyed: its threads, where it has any, run until the process ends.
  static auto* engine = new JsEngine();
  return *engine;
}

napi_value SetAnomalyMode(Environment&, const Arguments& arguments) {
  torch::autograd::AnomalyMode::set_enabled(arguments.Boolean(0), arguments.Boolean(1));
  return nullptr;
}

napi_value IsAnomalyMode(Environment&, const Arguments& arguments) {
  return arguments.Bool(torch::autograd::AnomalyMode::is_enabled());
}

napi_value ShouldCheckNaN(Environment&, const Arguments& arguments) {
  return arguments.Bool(torch::autograd::AnomalyMode::should_check_nan());
}

// setStackCapture(capture: () => string)
napi_value SetStackCapture(Environment& environment, const Arguments& arguments) {
  environment.autograd->capture_stack = std::make_shared<Retained>(environment, arguments[0]);
  return nullptr;
}

napi_value SetMultithreading(Environment&, const Arguments& arguments) {
  c10::AutogradState::get_tls_state().set_multithreading_enabled(arguments.Boolean(0));
  return nullptr;
}

napi_value IsMultithreading(Environment&, const Arguments& arguments) {
  return arguments.Bool(c10::AutogradState::get_tls_state().get_multithreading_enabled());
}

// graphTask(): a number for the backward that is running, -1 where none is.
napi_value GraphTask(Environment&, const Arguments& arguments) {
  return arguments.Number(torch::autograd::get_current_graph_task_id());
}

// Whether the backward that is running computes all gradients that it comes through.
napi_value IsCheckpointValid(Environment&, const Arguments& arguments) {
  return arguments.Bool(torch::autograd::Engine::get_default_engine().is_checkpoint_valid());
}

// willExecute(tensor): whether the backward that is running will compute its gradient.
napi_value WillExecute(Environment&, const Arguments& arguments) {
  const auto edge = torch::autograd::impl::gradient_edge(arguments.Tensor(0));
  torch::autograd::Node& node = *edge.function;
  const auto* info = torch::autograd::get_current_graph_task_exec_info();
  TORCH_CHECK(info != nullptr, "whether a node will be executed is known during backward only");
  if (!torch::autograd::get_current_graph_task_nodes_in_graph()->contains(&node)) {
    return arguments.Bool(false);
  }
  if (info->empty()) return arguments.Bool(true);
  const auto found = info->find(&node);
  if (found == info->end() || !found->second.should_execute()) return arguments.Bool(false);
  TORCH_CHECK(!(node.topological_nr() == 0 && found->second.captures_),
              "a leaf is among the tensors, and autograd.grad() is running: this is not supported");
  return arguments.Bool(true);
}

}  // namespace

std::shared_ptr<AutogradState> MakeAutogradState() { return std::make_shared<AutogradState>(); }

void InstallEngine() { torch::autograd::set_default_engine_stub(TheEngine); }

Environment* CurrentEnvironment() { return current_environment; }

void SetEngineEnvironment(Environment* environment) {
  current_environment = environment;
  // JS has one thread, and gradients of every device are computed on it: hooks and custom Functions
  // run wherever their tensors lie.
  c10::AutogradState::get_tls_state().set_multithreading_enabled(false);
}

void InitEngine(napi_env env, napi_value exports) {
  Define<SetAnomalyMode>(env, exports, "setAnomalyMode");
  Define<IsAnomalyMode>(env, exports, "isAnomalyMode");
  Define<ShouldCheckNaN>(env, exports, "shouldCheckNaN");
  Define<SetStackCapture>(env, exports, "setStackCapture");
  Define<SetMultithreading>(env, exports, "setMultithreading");
  Define<IsMultithreading>(env, exports, "isMultithreading");
  Define<GraphTask>(env, exports, "graphTask");
  Define<IsCheckpointValid>(env, exports, "isCheckpointValid");
  Define<WillExecute>(env, exports, "willExecute");
}

}  // namespace sconce

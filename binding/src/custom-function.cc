#include "custom-function.h"

#include <ATen/core/Tensor.h>
#include <ATen/functorch/DynamicLayer.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/functions/basic_ops.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>
#include <torch/csrc/autograd/variable_info.h>

#include <optional>
#include <unordered_set>

#include "autograd-state.h"
#include "entry.h"
#include "error.h"
#include "functorch.h"
#include "js-call.h"
#include "nodes.h"
#include "version.h"

namespace sconce {

namespace {

namespace functorch = at::functorch;
using torch::autograd::Node;
using torch::autograd::SavedVariable;
using torch::autograd::variable_list;
using torch::autograd::VariableInfo;

// The graph's node of a custom Function: its backward is JS. It keeps the Function's context, whose
// JS object knows it by id only: the graph lives by the tensors that came out of it.
class FunctionNode final : public Node {
 public:
  FunctionNode(torch::autograd::edge_list&& next_edges, Environment& environment,
               std::shared_ptr<Retained> context, std::string name)
      : Node(std::move(next_edges)),
        environment_(environment),
        nodes_(environment.nodes),
        context_(std::move(context)),
        name_(std::move(name)),
        id_(nodes_->List(this, context_)) {
    environment.hooks.AddToNode(this, context_);
  }
  ~FunctionNode() override { nodes_->Unlist(id_); }

  std::string name() const override { return name_; }
  NodeId id() const { return id_; }

  void release_variables() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    saved_.clear();
    is_released_ = true;
  }

  // What came out of forward: for the zeros that stand for gradients that are not there.
  void Describe(const std::vector<std::optional<at::Tensor>>& outputs, bool materialize) {
    materialize_ = materialize;
    for (const auto& output : outputs) {
      outputs_.push_back(output ? std::optional<VariableInfo>(VariableInfo(*output))
                                : std::nullopt);
    }
  }

  void Save(const variable_list& tensors) {
    for (const at::Tensor& tensor : tensors) {
      if (!tensor.defined()) {
        saved_.emplace_back();
      } else {
        saved_.emplace_back(tensor, /*is_output=*/tensor.grad_fn().get() == this);
      }
    }
  }

  variable_list Saved() {
    TORCH_CHECK(!is_released_, torch::autograd::ERR_BACKWARD_TWICE);
    variable_list tensors;
    for (const SavedVariable& saved : saved_) tensors.push_back(saved.unpack(getptr()));
    return tensors;
  }

 protected:
  variable_list apply(variable_list&& gradients) override {
    CheckOwnThread(*context_);
    at::OptionalDeviceGuard guard;
    for (size_t i = 0; i < gradients.size(); ++i) {
      if (gradients[i].defined() || !materialize_ || !outputs_[i]) continue;
      gradients[i] = outputs_[i]->zeros(guard);
    }
    const JsScope scope(environment_.env);
    return FromIds(environment_, CallJs(environment_, *environment_.autograd->run_backward,
                                        {context_->Value(), ToIds(environment_, gradients)}));
  }

 private:
  Environment& environment_;
  std::shared_ptr<Nodes> nodes_;
  std::shared_ptr<Retained> context_;
  std::string name_;
  NodeId id_;
  bool materialize_ = true;
  bool is_released_ = false;
  std::vector<SavedVariable> saved_;
  std::vector<std::optional<VariableInfo>> outputs_;
};

variable_list Defined(variable_list tensors) {
  std::erase_if(tensors, [](const at::Tensor& tensor) { return !tensor.defined(); });
  return tensors;
}

// beginFunction(context, name, inputs): the id of a node for what `forward` will compute, 0 where
// nothing is recorded. Before `forward`, since nodes run in the order in which they were made.
napi_value BeginFunction(Environment& environment, const Arguments& arguments) {
  const variable_list inputs = Defined(arguments.Tensors(2));
  if (!c10::GradMode::is_enabled() || !torch::autograd::any_variable_requires_grad(inputs)) {
    return arguments.Number(0);
  }
  NodePtr node = MakeNode<FunctionNode>(torch::autograd::collect_next_edges(inputs), environment,
                                        std::make_shared<Retained>(environment, arguments[0]),
                                        arguments.String(1));
  const NodeId id = static_cast<FunctionNode&>(*node).id();
  environment.nodes->Begin(id, std::move(node));
  return arguments.Number(id);
}

// abortFunction(node): `forward` has thrown.
napi_value AbortFunction(Environment& environment, const Arguments& arguments) {
  environment.nodes->End(arguments.Int32(0));
  return nullptr;
}

std::unordered_set<at::TensorImpl*> Identities(const variable_list& tensors) {
  std::unordered_set<at::TensorImpl*> identities;
  for (const at::Tensor& tensor : tensors) identities.insert(tensor.unsafeGetTensorImpl());
  return identities;
}

// The bits of endFunction's last argument.
constexpr int kSetupContext = 1;
constexpr int kMaterialize = 2;

// endFunction(node, context, inputs, outputs, dirty, nonDifferentiable, saved, flags): for each
// output an id, 0 where it is the very tensor that `forward` returned.
napi_value EndFunction(Environment& environment, const Arguments& arguments) {
  const NodePtr node = environment.nodes->End(arguments.Int32(0));
  const variable_list inputs = Defined(arguments.Tensors(2));
  std::vector<std::optional<at::Tensor>> outputs;
  for (at::Tensor& output : arguments.Tensors(3)) {
    outputs.push_back(output.defined() ? std::optional(std::move(output)) : std::nullopt);
  }
  const variable_list dirty = arguments.Tensors(4);
  const variable_list saved = arguments.Tensors(6);
  const int flags = arguments.Int32(7);
  for (const at::Tensor& tensor : dirty) torch::autograd::impl::bump_version(tensor);
  const auto context = std::make_shared<Retained>(environment, arguments[1]);
  // Called at once, or not at all: libtorch keeps it no longer than this call.
  const auto jvp = [&](const variable_list&, const variable_list& tangents) -> variable_list {
    const JsScope scope(environment.env);
    return FromIds(environment, CallJs(environment, *environment.autograd->run_jvp,
                                       {context->Value(), ToIds(environment, tangents)}));
  };
  NodePtr attached;
  const auto wrapped = WrapOutputs(
      attached, inputs, Identities(arguments.Tensors(5)), Identities(dirty), outputs, node, jvp,
      (flags & kSetupContext) != 0 ? Identities(Defined(saved)) : Identities({}),
      [](const at::Tensor& tensor) { return tensor.view_as(tensor); }, /*pure_view=*/false);
  if (node) {
    auto& function = static_cast<FunctionNode&>(*node);
    function.Describe(wrapped, (flags & kMaterialize) != 0);
    function.Save(saved);
    TellNodeComplete(attached);
  }
  std::vector<at::Tensor> fresh;
  for (size_t i = 0; i < wrapped.size(); ++i) {
    const bool is_same = !wrapped[i] || wrapped[i]->is_same(*outputs[i]);
    fresh.push_back(is_same ? at::Tensor() : *wrapped[i]);
  }
  return arguments.NewTensors(fresh);
}

// savedTensors(node): ids
napi_value SavedTensors(Environment& environment, const Arguments& arguments) {
  auto* node = dynamic_cast<FunctionNode*>(&environment.nodes->Get(arguments.Int32(0)));
  TORCH_CHECK(node != nullptr, "only the context of a custom Function has saved tensors");
  return arguments.NewTensors(node->Saved());
}

// setFunctionRunners(backward(context, gradients): ids, jvp(context, tangents): ids)
napi_value SetFunctionRunners(Environment& environment, const Arguments& arguments) {
  environment.autograd->run_backward = std::make_shared<Retained>(environment, arguments[0]);
  environment.autograd->run_jvp = std::make_shared<Retained>(environment, arguments[1]);
  return nullptr;
}

// delayedError(message, tensors): the same tensors, whose differentiation fails with `message`.
napi_value DelayedError(Environment&, const Arguments& arguments) {
  variable_list tensors = arguments.Tensors(1);
  const NodePtr node = MakeNode<torch::autograd::DelayedError>(
      arguments.String(0), static_cast<int64_t>(tensors.size()));
  return arguments.NewTensors((*node)(std::move(tensors)));
}

// undefinedGrad(tensor): the same tensor, whose gradient is given out as null.
napi_value UndefinedGrad(Environment&, const Arguments& arguments) {
  const NodePtr node = MakeNode<torch::autograd::UndefinedGrad>();
  return arguments.NewTensors((*node)({arguments.Tensor(0)}));
}

// innermostTransform(): [kind, level, batch size, randomness] of the innermost transform of
// torch.func, undefined outside of any.
napi_value InnermostTransform(Environment&, const Arguments& arguments) {
  // Where a transform's own code runs, its level is hidden: there is none for the user's.
  if (!InsideTransform()) return nullptr;
  const auto layer = functorch::maybeCurrentDynamicLayer();
  if (!layer) return nullptr;
  int64_t batch_size = 0, randomness = 0;
  if (layer->key() == functorch::TransformType::Vmap) {
    batch_size = layer->batchSize().guard_int(__FILE__, __LINE__);
    randomness = static_cast<int64_t>(layer->randomness());
  }
  return arguments.Numbers(
      {static_cast<int64_t>(layer->key()), layer->layerId(), batch_size, randomness});
}

// The transforms that code runs as if outside of, on this thread.
std::vector<functorch::DynamicLayer>& Lowered() {
  thread_local std::vector<functorch::DynamicLayer> lowered;
  return lowered;
}

// lowerTransform(): leaves the innermost transform, until raiseTransform().
napi_value LowerTransform(Environment&, const Arguments&) {
  Lowered().push_back(functorch::popDynamicLayer());
  return nullptr;
}

napi_value RaiseTransform(Environment&, const Arguments&) {
  TORCH_CHECK(!Lowered().empty(), "no transform was left");
  functorch::pushDynamicLayer(std::move(Lowered().back()));
  Lowered().pop_back();
  return nullptr;
}

}  // namespace

void InitCustomFunction(napi_env env, napi_value exports) {
  Define<BeginFunction>(env, exports, "beginFunction");
  Define<AbortFunction>(env, exports, "abortFunction");
  Define<EndFunction>(env, exports, "endFunction");
  Define<SavedTensors>(env, exports, "savedTensors");
  Define<SetFunctionRunners>(env, exports, "setFunctionRunners");
  Define<InnermostTransform>(env, exports, "innermostTransform");
  Define<LowerTransform>(env, exports, "lowerTransform");
  Define<RaiseTransform>(env, exports, "raiseTransform");
  Define<DelayedError>(env, exports, "delayedError");
  Define<UndefinedGrad>(env, exports, "undefinedGrad");
}

}  // namespace sconce

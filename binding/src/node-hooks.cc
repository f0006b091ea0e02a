#include "node-hooks.h"

#include <ATen/core/Tensor.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "entry.h"
#include "error.h"
#include "js-call.h"
#include "nodes.h"
#include "recorder.h"

namespace sconce {

namespace {

using torch::autograd::Node;
using torch::autograd::variable_list;

// JS callbacks in the order in which they were registered. A node has one hook of each kind, since
// libtorch's own lists must not change while they run.
class Callbacks {
 public:
  explicit Callbacks(Environment& environment) : environment_(environment) {}

  double Add(std::shared_ptr<Retained> callback) {
    entries_.emplace_back(next_, std::move(callback));
    return next_++;
  }

  void Remove(double key) {
    std::erase_if(entries_, [&](const auto& entry) { return entry.first == key; });
  }

 protected:
  // `call(callback)` for each, in its own scope; on a copy, since they may remove one another.
  template <class Call>
  void ForEach(Call&& call) const {
    const auto entries = entries_;
    for (const auto& [key, callback] : entries) {
      CheckOwnThread(*callback);
      RefuseRecording("a hook of autograd runs JavaScript in backward");
      const JsScope scope(environment_.env);
      call(*callback);
    }
  }

  // The tensors that a callback returned in the place of `values`, if it returned any.
  void Replace(variable_list& values, napi_value result, const char* kind) const {
    napi_valuetype type;
    CheckStatus(environment_.env, napi_typeof(environment_.env, result, &type));
    if (type == napi_undefined) return;
    variable_list replaced = FromIds(environment_, result);
    for (size_t i = 0; i < values.size(); ++i) {
      if (!replaced[i].defined()) continue;
      TORCH_CHECK(values[i].defined(), "a ", kind, " can't replace a null gradient");
      torch::autograd::check_variable_result(values[i], replaced[i], kind);
    }
    values = std::move(replaced);
  }

  Environment& environment_;

 private:
  std::vector<std::pair<double, std::shared_ptr<Retained>>> entries_;
  double next_ = 1;
};

// callback(gradOutputs): ids | undefined
class JsPreHook final : public torch::autograd::FunctionPreHook, public Callbacks {
 public:
  using Callbacks::Callbacks;
  variable_list operator()(const variable_list& gradients) override {
    variable_list values = gradients;
    ForEach([&](const Retained& callback) {
      Replace(values, CallJs(environment_, callback, {ToIds(environment_, values)}), "pre-hook");
    });
    return values;
  }
};

// callback(gradInputs, gradOutputs): ids | undefined
class JsPostHook final : public torch::autograd::FunctionPostHook, public Callbacks {
 public:
  using Callbacks::Callbacks;
  variable_list operator()(const variable_list& outputs, const variable_list& inputs) override {
    variable_list values = outputs;
    ForEach([&](const Retained& callback) {
      Replace(values,
              CallJs(environment_, callback,
                     {ToIds(environment_, values), ToIds(environment_, inputs)}),
              "hook");
    });
    return values;
  }
};

// callback(tensor): the tensor's own JS object where there is one, else an id.
class JsPostAccumulateHook final : public torch::autograd::PostAccumulateGradHook,
                                   public Callbacks {
 public:
  JsPostAccumulateHook(Environment& environment, TensorId id) : Callbacks(environment), id_(id) {}

  void operator()(const at::Tensor& tensor) override {
    ForEach([&](const Retained& callback) {
      napi_value argument =
          environment_.slots.Holds(id_, tensor) ? environment_.slots.Holder(id_) : nullptr;
      if (argument == nullptr) {
        CheckStatus(environment_.env,
                    napi_create_int32(environment_.env, environment_.slots.Add(tensor, nullptr),
                                      &argument));
      }
      CallJs(environment_, callback, {argument});
    });
  }

 private:
  TensorId id_;
};

template <class Hook, class Base>
Hook* FindHook(const std::vector<std::unique_ptr<Base>>& hooks) {
  for (const auto& hook : hooks) {
    if (auto* found = dynamic_cast<Hook*>(hook.get())) return found;
  }
  return nullptr;
}

// registerNodeHook(node, callback, isPreHook): a key for its removal
napi_value RegisterNodeHook(Environment& environment, const Arguments& arguments) {
  Node& node = environment.nodes->Get(arguments.Int32(0));
  auto callback = std::make_shared<Retained>(environment, arguments[1]);
  environment.hooks.AddToNode(&node, callback);
  if (arguments.Boolean(2)) {
    auto* hook = FindHook<JsPreHook>(node.pre_hooks());
    if (hook == nullptr) {
      auto made = std::make_unique<JsPreHook>(environment);
      hook = made.get();
      node.add_pre_hook(std::move(made));
    }
    return arguments.Number(hook->Add(std::move(callback)));
  }
  auto* hook = FindHook<JsPostHook>(node.post_hooks());
  if (hook == nullptr) {
    auto made = std::make_unique<JsPostHook>(environment);
    hook = made.get();
    node.add_post_hook(std::move(made));
  }
  return arguments.Number(hook->Add(std::move(callback)));
}

// setLinks(link(holder, value), unlink()): see `Hooks`.
napi_value SetLinks(Environment& environment, const Arguments& arguments) {
  environment.hooks.SetLinks(std::make_shared<Retained>(environment, arguments[0]),
                             std::make_shared<Retained>(environment, arguments[1]));
  return nullptr;
}

// removeNodeHook(node, key, isPreHook)
napi_value RemoveNodeHook(Environment& environment, const Arguments& arguments) {
  Node& node = environment.nodes->Get(arguments.Int32(0));
  if (arguments.Boolean(2)) {
    if (auto* hook = FindHook<JsPreHook>(node.pre_hooks())) hook->Remove(arguments.Double(1));
  } else if (auto* hook = FindHook<JsPostHook>(node.post_hooks())) {
    hook->Remove(arguments.Double(1));
  }
  return nullptr;
}

JsPostAccumulateHook* PostAccumulateHook(const at::Tensor& tensor) {
  return dynamic_cast<JsPostAccumulateHook*>(
      torch::autograd::impl::post_acc_grad_hooks(tensor).get());
}

// registerPostAccumulateHook(id, callback): a key for its removal
napi_value RegisterPostAccumulateHook(Environment& environment, const Arguments& arguments) {
  const at::Tensor& tensor = arguments.Tensor(0);
  TORCH_CHECK(tensor.requires_grad(),
              "cannot register a hook on a tensor that doesn't require gradient");
  TORCH_CHECK(tensor.is_leaf(),
              "post accumulate grad hooks cannot be registered on non-leaf tensors");
  auto callback = std::make_shared<Retained>(environment, arguments[1]);
  // The tensor has its metadata, and libtorch would read through none.
  torch::autograd::impl::materialize_autograd_meta(tensor);
  auto* hook = PostAccumulateHook(tensor);
  if (hook == nullptr) {
    auto made = std::make_unique<JsPostAccumulateHook>(environment, arguments.Int32(0));
    hook = made.get();
    torch::autograd::impl::set_post_acc_grad_hooks(tensor, std::move(made));
  }
  environment.hooks.Add(arguments.Int32(0), callback);
  return arguments.Number(hook->Add(std::move(callback)));
}

// removePostAccumulateHook(id, key)
napi_value RemovePostAccumulateHook(Environment&, const Arguments& arguments) {
  if (auto* hook = PostAccumulateHook(arguments.Tensor(0))) hook->Remove(arguments.Double(1));
  return nullptr;
}

}  // namespace

void InitNodeHooks(napi_env env, napi_value exports) {
  Define<RegisterNodeHook>(env, exports, "registerNodeHook");
  Define<SetLinks>(env, exports, "setLinks");
  Define<RemoveNodeHook>(env, exports, "removeNodeHook");
  Define<RegisterPostAccumulateHook>(env, exports, "registerPostAccumulateHook");
  Define<RemovePostAccumulateHook>(env, exports, "removePostAccumulateHook");
}

}  // namespace sconce

#include "saved-hooks.h"

#include <ATen/SavedTensorHooks.h>
#include <torch/csrc/autograd/saved_variable_hooks.h>

#include "autograd-state.h"
#include "entry.h"
#include "error.h"
#include "js-call.h"

namespace sconce {

namespace {

// What an operation saves, in the keeping of JS.
class JsSavedVariableHooks final : public torch::autograd::SavedVariableHooks {
 public:
  JsSavedVariableHooks(Environment& environment, SavedTensorHooks hooks)
      : environment_(environment), hooks_(std::move(hooks)) {}

  void call_pack_hook(const at::Tensor& tensor) override {
    CheckOwnThread(*hooks_.pack);
    const JsScope scope(environment_.env);
    napi_value id;
    CheckStatus(environment_.env,
                napi_create_int32(environment_.env, environment_.slots.Add(tensor, nullptr), &id));
    packed_ = Box(environment_, CallJs(environment_, *hooks_.pack, {id}));
  }

  at::Tensor call_unpack_hook() override {
    CheckOwnThread(*hooks_.unpack);
    const JsScope scope(environment_.env);
    return FromId(environment_, CallJs(environment_, *hooks_.unpack, {Unbox(*packed_)}));
  }

 private:
  Environment& environment_;
  SavedTensorHooks hooks_;
  std::shared_ptr<Retained> packed_;
};

void CheckNotDisabled() {
  const auto message = at::SavedTensorDefaultHooks::get_disabled_error_message();
  if (message) throw Error(ErrorClass::kTorch, "ERR_SAVED_TENSOR_HOOKS", *message);
}

// pushSavedTensorHooks(pack, unpack)
napi_value PushSavedTensorHooks(Environment& environment, const Arguments& arguments) {
  CheckNotDisabled();
  environment.autograd->saved_tensor_hooks.push_back(
      {std::make_shared<Retained>(environment, arguments[0]),
       std::make_shared<Retained>(environment, arguments[1])});
  return nullptr;
}

napi_value PopSavedTensorHooks(Environment& environment, const Arguments&) {
  auto& hooks = environment.autograd->saved_tensor_hooks;
  if (!hooks.empty()) hooks.pop_back();
  return nullptr;
}

// watchMutation(callback(ids) or null)
napi_value WatchMutation(Environment& environment, const Arguments& arguments) {
  environment.autograd->before_mutation =
      arguments.Has(0) ? std::make_shared<Retained>(environment, arguments[0]) : nullptr;
  return nullptr;
}

}  // namespace

std::unique_ptr<torch::autograd::SavedVariableHooks> CurrentSavedTensorHooks(
    Environment& environment) {
  const auto& hooks = environment.autograd->saved_tensor_hooks;
  if (hooks.empty()) return nullptr;
  CheckNotDisabled();
  return std::make_unique<JsSavedVariableHooks>(environment, hooks.back());
}

bool WatchesMutation(const Environment& environment) {
  return environment.autograd->before_mutation != nullptr;
}

void BeforeMutation(Environment& environment, c10::ArrayRef<at::Tensor> tensors) {
  const JsScope scope(environment.env);
  // It may be taken back meanwhile.
  const std::shared_ptr<Retained> callback = environment.autograd->before_mutation;
  CallJs(environment, *callback, {ToIds(environment, tensors)});
}

void InitSavedHooks(napi_env env, napi_value exports) {
  Define<PushSavedTensorHooks>(env, exports, "pushSavedTensorHooks");
  Define<WatchMutation>(env, exports, "watchMutation");
  Define<PopSavedTensorHooks>(env, exports, "popSavedTensorHooks");
}

}  // namespace sconce

#include "js-call.h"

#include "collectable.h"
#include "error.h"

namespace sconce {

JsScope::JsScope(napi_env env) : env_(env) {
  CheckStatus(env, napi_open_handle_scope(env, &scope_));
}

JsScope::~JsScope() { napi_close_handle_scope(env_, scope_); }

void JsException::Throw(napi_env env) const {
  napi_value boxed = nullptr, value = nullptr;
  napi_get_reference_value(env, boxed_->ref(), &boxed);
  if (boxed == nullptr || napi_get_element(env, boxed, 0, &value) != napi_ok) return;
  napi_throw(env, value);
}

void CheckOwnThread(const Retained& value) {
  if (!value.OnOwnThread()) {
    throw Error(ErrorClass::kTorch, "ERR_THREAD",
                "autograd called a hook or a Function of JavaScript on another thread than its "
                "own; turn multithreading off, with autograd.setMultithreadingEnabled(false), and "
                "nest backward() less than 60 deep");
  }
}

napi_value CallJs(Environment& environment, const Retained& function,
                  std::initializer_list<napi_value> arguments) {
  CheckOwnThread(function);
  napi_env env = environment.env;
  const Collectable not_collectable(/*may=*/false);
  napi_value receiver, result = nullptr;
  CheckStatus(env, napi_get_undefined(env, &receiver));
  const napi_status status = napi_call_function(env, receiver, function.Value(), arguments.size(),
                                                arguments.begin(), &result);
  if (status == napi_ok) return result;
  bool pending = false;
  napi_value thrown = nullptr;
  napi_is_exception_pending(env, &pending);
  if (!pending) CheckStatus(env, status);
  // It stays pending where the thread is being ended.
  if (napi_get_and_clear_last_exception(env, &thrown) != napi_ok) throw PendingException{};
  throw JsException(Box(environment, thrown));
}

std::shared_ptr<Retained> Box(Environment& environment, napi_value value) {
  napi_value box;
  CheckStatus(environment.env, napi_create_array_with_length(environment.env, 1, &box));
  CheckStatus(environment.env, napi_set_element(environment.env, box, 0, value));
  return std::make_shared<Retained>(environment, box);
}

napi_value Unbox(const Retained& boxed) {
  napi_value value;
  CheckStatus(boxed.env(), napi_get_element(boxed.env(), boxed.Value(), 0, &value));
  return value;
}

napi_value ToIds(Environment& environment, c10::ArrayRef<at::Tensor> tensors) {
  napi_env env = environment.env;
  napi_value array;
  CheckStatus(env, napi_create_array_with_length(env, tensors.size(), &array));
  for (size_t i = 0; i < tensors.size(); ++i) {
    napi_value id;
    CheckStatus(
        env, napi_create_int32(
                 env, tensors[i].defined() ? environment.slots.Add(tensors[i], nullptr) : 0, &id));
    CheckStatus(env, napi_set_element(env, array, static_cast<uint32_t>(i), id));
  }
  return array;
}

at::Tensor FromId(Environment& environment, napi_value value) {
  int32_t id = 0;
  CheckStatus(environment.env, napi_get_value_int32(environment.env, value, &id));
  return id == 0 ? at::Tensor() : environment.slots.Get(id);
}

std::vector<at::Tensor> FromIds(Environment& environment, napi_value ids) {
  std::vector<at::Tensor> tensors;
  uint32_t length = 0;
  CheckStatus(environment.env, napi_get_array_length(environment.env, ids, &length));
  tensors.reserve(length);
  for (uint32_t i = 0; i < length; ++i) {
    napi_value id;
    CheckStatus(environment.env, napi_get_element(environment.env, ids, i, &id));
    tensors.push_back(FromId(environment, id));
  }
  return tensors;
}

}  // namespace sconce

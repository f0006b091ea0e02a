#pragma once

#include <ATen/core/Tensor.h>
#include <node_api.h>

#include <exception>
#include <initializer_list>
#include <memory>
#include <vector>

#include "retained.h"

namespace sconce {

// The JS values that a native call makes on its way live until it returns to JS, however long that
// is; those made within such a scope live as long as the scope.
class JsScope {
 public:
  explicit JsScope(napi_env env);
  ~JsScope();
  JsScope(const JsScope&) = delete;
  JsScope& operator=(const JsScope&) = delete;

 private:
  napi_env env_;
  napi_handle_scope scope_ = nullptr;
};

// What JS threw inside a native call, on its way through libtorch to the JS that made the call. No
// exception is pending meanwhile, so that other JS may run.
class JsException : public std::exception {
 public:
  explicit JsException(std::shared_ptr<Retained> boxed) : boxed_(std::move(boxed)) {}
  const char* what() const noexcept override { return "JavaScript threw"; }
  // Makes it pending again.
  void Throw(napi_env env) const;

 private:
  std::shared_ptr<Retained> boxed_;
};

// Throws where this is not the thread of the value's JS.
void CheckOwnThread(const Retained& value);

// Calls a JS function from within libtorch, on its own thread.
napi_value CallJs(Environment& environment, const Retained& function,
                  std::initializer_list<napi_value> arguments);

// Any JS value, kept: a reference takes no primitives.
std::shared_ptr<Retained> Box(Environment& environment, napi_value value);
napi_value Unbox(const Retained& boxed);

// An id for each tensor, 0 for an undefined one; and back.
napi_value ToIds(Environment& environment, c10::ArrayRef<at::Tensor> tensors);
std::vector<at::Tensor> FromIds(Environment& environment, napi_value ids);
at::Tensor FromId(Environment& environment, napi_value id);

}  // namespace sconce

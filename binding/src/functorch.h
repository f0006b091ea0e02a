#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/impl/LocalDispatchKeySet.h>
#include <node_api.h>

namespace sconce {

// Whether the code that runs now is inside a function that torch.func transforms.
bool InsideTransform();

// While it lives, operators see the tensors that transforms have wrapped as they are, and what they
// make is not wrapped.
class TransformsHidden {
 public:
  TransformsHidden();

 private:
  c10::impl::ExcludeDispatchKeyGuard guard_;
};

// The tensor that a grad transform's wrappers hold, or a functionalized tensor's value: what has
// memory to read. A batched tensor stays what it is, since it has no elements of its own.
at::Tensor WithoutWrappers(const at::Tensor& tensor);

// A tensor made of JS values belongs to the innermost transform, as in Python.
at::Tensor LiftFresh(at::Tensor tensor);

void InitFunctorch(napi_env env, napi_value exports);

}  // namespace sconce

#pragma once

#include <ATen/core/Tensor.h>
#include <node_api.h>

#include <memory>

namespace torch::autograd {
struct SavedVariableHooks;
}

namespace sconce {

struct Environment;

// The hooks for what an operation saves now, on a JS thread; else null.
std::unique_ptr<torch::autograd::SavedVariableHooks> CurrentSavedTensorHooks(Environment&);

// Whether JS wants to know of tensors before they are changed in place, and telling it.
bool WatchesMutation(const Environment& environment);
void BeforeMutation(Environment& environment, c10::ArrayRef<at::Tensor> tensors);

void InitSavedHooks(napi_env env, napi_value exports);

}  // namespace sconce

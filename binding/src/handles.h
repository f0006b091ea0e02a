#pragma once

#include <node_api.h>

#include <cstddef>

namespace sconce {

struct Environment;

// Tensors on their way from one JS thread to another, and memory that processes share.
void InitHandles(napi_env env, napi_value exports);

// Frees the tensors of handles that no thread holds any more.
void SweepHandles();
// The environment is going.
void AbandonHandles(const Environment& environment);

}  // namespace sconce

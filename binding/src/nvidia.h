#pragma once

#include <node_api.h>

#include <cstdint>

namespace sconce {

// NVIDIA's own libraries, which are asked for what libtorch does not pass on: the driver, and its
// management library. Neither is linked: a machine without them has none of this.
void InitNvidia(napi_env env, napi_value exports);

// The priority of a CUDA stream by its handle, 0 where it cannot be told.
int StreamPriority(void* stream);

}  // namespace sconce

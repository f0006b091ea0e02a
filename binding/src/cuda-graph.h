#pragma once

#include <node_api.h>

namespace sconce {

// CUDA's graphs, and what its allocator tells of itself.
void InitCudaGraph(napi_env env, napi_value exports);

}  // namespace sconce

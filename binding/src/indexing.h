#pragma once

#include <node_api.h>

namespace sconce {

// Python's x[...] and x[...] = y, by libtorch's own C++ twin of them.
void InitIndexing(napi_env env, napi_value exports);

}  // namespace sconce

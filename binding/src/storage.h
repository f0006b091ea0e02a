#pragma once

#include <node_api.h>

namespace sconce {

// TypedArrays and ArrayBuffers in and out.
void InitStorage(napi_env env, napi_value exports);

}  // namespace sconce

#pragma once

#include <node_api.h>

namespace sconce {

// Handles, metadata and scalar reads: what needs no operator.
void InitTensor(napi_env env, napi_value exports);

}  // namespace sconce

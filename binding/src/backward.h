#pragma once

#include <node_api.h>

namespace sconce {

void InitBackward(napi_env env, napi_value exports);

}  // namespace sconce

#pragma once

#include <node_api.h>

namespace sconce {

void InitCompileStep(napi_env env, napi_value exports);

}  // namespace sconce

#pragma once

#include <node_api.h>

namespace sconce {

// backward and grad, the modes, leaves and their gradients, hooks.
void InitAutograd(napi_env env, napi_value exports);

}  // namespace sconce

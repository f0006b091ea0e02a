#pragma once

#include <node_api.h>

namespace sconce {

// libtorch's settings of how it computes: `torch.backends`.
void InitSwitches(napi_env env, napi_value exports);

}  // namespace sconce

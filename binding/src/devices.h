#pragma once

#include <node_api.h>

namespace sconce {

// Which device is current, what its allocator says of memory, and its random generators.
void InitDevices(napi_env env, napi_value exports);

}  // namespace sconce

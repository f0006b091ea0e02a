#pragma once

#include <node_api.h>

namespace sconce {

// Storages in memory that other processes can map.
void InitSharedMemory(napi_env env, napi_value exports);

}  // namespace sconce

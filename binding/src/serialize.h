#pragma once

#include <node_api.h>

namespace sconce {

// The file formats that libtorch reads and writes: the zip archives of torch.save.
void InitSerialize(napi_env env, napi_value exports);

}  // namespace sconce

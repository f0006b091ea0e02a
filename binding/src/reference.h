#pragma once

#include <node_api.h>

namespace sconce {

// A strong reference that is there for as long as the env is. Node forgets what the references of a
// going env refer to, and leaves the references themselves to their owner.
napi_ref KeepWithEnv(napi_env env, napi_value value);

}  // namespace sconce

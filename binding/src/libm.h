#pragma once

#include <node_api.h>

namespace sconce {

// Functions of C's library, to whose last bit Python's numbers agree.
void InitLibm(napi_env env, napi_value exports);

}  // namespace sconce

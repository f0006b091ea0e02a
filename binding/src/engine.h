#pragma once

#include <node_api.h>

#include <memory>

namespace sconce {

struct Environment;
class Retained;

// Puts an engine of ours in the place of libtorch's: it knows of the JS that saves tensors for
// backward, and of the JS line at which a node was made. As Python's does.
void InstallEngine();
// The environment of this thread, null as it goes.
void SetEngineEnvironment(Environment* environment);
// The environment of this thread, null where it runs no JS.
Environment* CurrentEnvironment();

void InitEngine(napi_env env, napi_value exports);

}  // namespace sconce

#pragma once

#include <c10/core/Event.h>
#include <node_api.h>

#include <memory>

#include "weak-table.h"

namespace sconce {

// Events are asked after from other threads too, and so are shared.
using Events = WeakTable<std::shared_ptr<c10::Event>>;

// Streams, which JS holds by their number and device, and events.
void InitStreams(napi_env env, napi_value exports);

}  // namespace sconce

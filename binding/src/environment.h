#pragma once

#include <node_api.h>

#include <array>
#include <memory>

#include "async.h"
#include "dispatch.h"
#include "generators.h"
#include "hooks.h"
#include "pressure.h"
#include "retained.h"
#include "slots.h"
#include "streams.h"
#include "warnings.h"

namespace sconce {

// The JS error classes of lib/errors.ts, in the order of `setErrorClasses`.
enum class ErrorClass { kTorch, kIndex, kValue, kType, kNotImplemented, kLinAlg, kOutOfMemory };
constexpr size_t kErrorClassCount = 7;

// Of files that few need to read.
struct Environment;
class Nodes;
std::shared_ptr<Nodes> MakeNodes(napi_env env);
class Recorder;
class Replayer;
std::shared_ptr<Replayer> MakeReplayer(Environment& environment);
struct AutogradState;
std::shared_ptr<AutogradState> MakeAutogradState();

// Everything that belongs to one JS thread (the main thread, or a Worker).
struct Environment {
  explicit Environment(napi_env env)
      : env(env),
        slots(env),
        nodes(MakeNodes(env)),
        hooks(env, slots, *nodes),
        pressure(env, slots, *nodes, hooks),
        warnings(env),
        async(env) {}

  napi_env env;
  Slots slots;
  std::shared_ptr<Nodes> nodes;
  Hooks hooks;
  Pressure pressure;
  Warnings warnings;
  Async async;
  OperatorTable operators;
  std::shared_ptr<AutogradState> autograd = MakeAutogradState();
  Generators generators;
  // What records a step that runs now, and what runs those that were recorded.
  std::shared_ptr<Recorder> recorder;
  std::shared_ptr<Replayer> replayer = MakeReplayer(*this);
  Events events;
  std::shared_ptr<Graveyard> graveyard = std::make_shared<Graveyard>();
  std::array<napi_ref, kErrorClassCount> error_classes{};
};

}  // namespace sconce

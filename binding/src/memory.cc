#include "memory.h"

#include <c10/util/Exception.h>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "allocator.h"
#include "collectable.h"
#include "convert.h"
#include "entry.h"
#include "error.h"
#include "js-call.h"
#include "pressure.h"
#include "tracer.h"

namespace sconce {

std::atomic<int64_t> memory_limit{kNoLimit};

namespace {

// Of the JS thread that this is, if it is one.
struct ThreadMemory {
  napi_env env = nullptr;
  // () => string, the line of JS that is running.
  napi_ref capture = nullptr;
  bool is_capturing = false;
  // (count: number) => void
  napi_ref warn_of_held = nullptr;
  // Weakly: the JS objects of tensors that closed scopes have freed.
  std::vector<napi_ref> freed;
  size_t scopes = 0;
};

thread_local ThreadMemory thread_memory;

std::string Size(int64_t bytes) {
  static constexpr const char* kUnits[] = {"bytes", "kB", "MB", "GB", "TB"};
  double size = static_cast<double>(bytes);
  size_t unit = 0;
  for (; size >= 1000 && unit < 4; ++unit) size /= 1000;
  char text[32];
  std::snprintf(text, sizeof(text), unit == 0 ? "%.0f %s" : "%.1f %s", size, kUnits[unit]);
  return text;
}

std::string WhereFrom() {
  if (!Tracer::IsOn()) return "; torch.memory.start() traces where they come from";
  constexpr size_t kMostSites = 5;
  std::string text = "; most were allocated at:";
  const auto sites = Tracer::Get().Sites();
  for (size_t i = 0; i < sites.size() && i < kMostSites; ++i) {
    text += "\n  " + Size(sites[i].bytes) + " in " + std::to_string(sites[i].blocks) +
            " blocks: " + sites[i].where.substr(0, sites[i].where.find('\n'));
  }
  return text;
}

// The line of JS that runs on this thread; empty where none does, or none may be asked.
std::string CurrentLine() {
  ThreadMemory& thread = thread_memory;
  if (thread.capture == nullptr || thread.is_capturing) return {};
  bool pending = true;
  napi_is_exception_pending(thread.env, &pending);
  if (pending) return {};
  thread.is_capturing = true;
  struct Reset {
    bool& flag;
    ~Reset() { flag = false; }
  } reset{thread.is_capturing};
  const Collectable none(/*may=*/false);
  napi_handle_scope scope;
  if (napi_open_handle_scope(thread.env, &scope) != napi_ok) return {};
  std::string line;
  napi_value function = nullptr, receiver, result = nullptr;
  napi_get_reference_value(thread.env, thread.capture, &function);
  napi_get_undefined(thread.env, &receiver);
  if (napi_call_function(thread.env, receiver, function, 0, nullptr, &result) == napi_ok) {
    line = ToString(thread.env, result);
  } else {
    napi_get_and_clear_last_exception(thread.env, &result);
  }
  napi_close_handle_scope(thread.env, scope);
  return line;
}

}  // namespace

void MakeRoom(size_t size) {
  const auto wanted = static_cast<int64_t>(size);
  const auto fits = [&] { return wanted <= MemoryLimit() - LiveBytes(); };
  for (const bool minor : {true, false}) {
    if (CollectNow(minor) && fits()) return;
  }
  C10_THROW_ERROR(OutOfMemoryError, "an allocation of " + Size(wanted) +
                                        " would exceed the limit of " + Size(MemoryLimit()) +
                                        " that torch.memory.setLimit() has set: " +
                                        Size(LiveBytes()) + " are live" + WhereFrom());
}

void TraceAllocation(void* block, int64_t size) { Tracer::Get().Add(block, size, CurrentLine()); }

// Another one in each scope, so that of a loop all come up.
FreedByScope::FreedByScope(Environment& environment, size_t count)
    : environment_(environment), chosen_(count > 0 ? thread_memory.scopes++ % count : 0) {}

void FreedByScope::Add(napi_value holder) {
  constexpr size_t kMost = 1024;
  ThreadMemory& thread = thread_memory;
  if (seen_++ != chosen_ && !Tracer::IsOn()) return;
  if (thread.warn_of_held == nullptr || thread.freed.size() >= kMost) return;
  napi_ref ref = nullptr;
  CheckStatus(environment_.env, napi_create_reference(environment_.env, holder, 0, &ref));
  thread.freed.push_back(ref);
}

void ReportHeld(napi_env env) {
  ThreadMemory& thread = thread_memory;
  if (thread.freed.empty()) return;
  const JsScope scope(env);
  uint32_t held = 0;
  for (napi_ref ref : std::exchange(thread.freed, {})) {
    napi_value holder = nullptr;
    napi_get_reference_value(env, ref, &holder);
    if (holder != nullptr) ++held;
    napi_delete_reference(env, ref);
  }
  if (held == 0 || thread.warn_of_held == nullptr) return;
  // Once: the next ones say the same.
  napi_value function, receiver, count;
  napi_ref warn = std::exchange(thread.warn_of_held, nullptr);
  CheckStatus(env, napi_get_reference_value(env, warn, &function));
  napi_delete_reference(env, warn);
  CheckStatus(env, napi_get_undefined(env, &receiver));
  CheckStatus(env, napi_create_uint32(env, held, &count));
  CheckStatus(env, napi_call_function(env, receiver, function, 1, &count, nullptr));
}

void LeaveMemory() { thread_memory = ThreadMemory(); }

namespace {

// setMemoryLimit(bytes): negative for none.
napi_value SetMemoryLimit(Environment&, const Arguments& arguments) {
  const double bytes = arguments.Double(0);
  memory_limit = bytes < 0 ? kNoLimit : static_cast<int64_t>(bytes);
  return nullptr;
}

// memoryLimit(): -1 where there is none.
napi_value GetMemoryLimit(Environment&, const Arguments& arguments) {
  return arguments.Number(MemoryLimit() == kNoLimit ? -1 : static_cast<double>(MemoryLimit()));
}

// startTracing(capture: () => string)
napi_value StartTracing(Environment& environment, const Arguments& arguments) {
  ThreadMemory& thread = thread_memory;
  if (thread.capture != nullptr) napi_delete_reference(environment.env, thread.capture);
  thread.env = environment.env;
  CheckStatus(environment.env,
              napi_create_reference(environment.env, arguments[0], 1, &thread.capture));
  Tracer::Get().Start();
  return nullptr;
}

napi_value StopTracing(Environment& environment, const Arguments&) {
  ThreadMemory& thread = thread_memory;
  Tracer::Get().Stop();
  if (thread.capture != nullptr) napi_delete_reference(environment.env, thread.capture);
  thread.capture = nullptr;
  return nullptr;
}

napi_value IsTracing(Environment&, const Arguments& arguments) {
  return arguments.Bool(Tracer::IsOn());
}

// tracedMemory(): [now, peak]
napi_value TracedMemory(Environment&, const Arguments& arguments) {
  return arguments.Numbers({Tracer::Get().bytes(), Tracer::Get().peak()});
}

// tracedSites(): [lines[], bytes[], blocks[]]
napi_value TracedSites(Environment& environment, const Arguments& arguments) {
  std::vector<std::string> lines;
  std::vector<int64_t> bytes, blocks;
  for (Tracer::Site& site : Tracer::Get().Sites()) {
    lines.push_back(std::move(site.where));
    bytes.push_back(site.bytes);
    blocks.push_back(site.blocks);
  }
  napi_value result;
  CheckStatus(environment.env, napi_create_array_with_length(environment.env, 3, &result));
  CheckStatus(environment.env,
              napi_set_element(environment.env, result, 0, arguments.Strings(lines)));
  CheckStatus(environment.env,
              napi_set_element(environment.env, result, 1, arguments.Numbers(bytes)));
  CheckStatus(environment.env,
              napi_set_element(environment.env, result, 2, arguments.Numbers(blocks)));
  return result;
}

// setHeldReceiver(warn: (count: number) => void)
napi_value SetHeldReceiver(Environment& environment, const Arguments& arguments) {
  CheckStatus(environment.env,
              napi_create_reference(environment.env, arguments[0], 1, &thread_memory.warn_of_held));
  return nullptr;
}

}  // namespace

void InitMemory(napi_env env, napi_value exports) {
  Define<SetMemoryLimit>(env, exports, "setMemoryLimit");
  Define<GetMemoryLimit>(env, exports, "memoryLimit");
  Define<StartTracing>(env, exports, "startTracing");
  Define<StopTracing>(env, exports, "stopTracing");
  Define<IsTracing>(env, exports, "isTracing");
  Define<TracedMemory>(env, exports, "tracedMemory");
  Define<TracedSites>(env, exports, "tracedSites");
  Define<SetHeldReceiver>(env, exports, "setHeldReceiver");
}

}  // namespace sconce

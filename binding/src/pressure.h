#pragma once

#include <node_api.h>

#include <cstdint>

#include "allocator.h"

namespace sconce {

class Hooks;
class Nodes;
class Slots;

// Decides when to collect JS garbage, since V8 does not see the memory behind its small objects.
class Pressure {
 public:
  Pressure(napi_env env, Slots& slots, Nodes& nodes, Hooks& hooks)
      : env_(env), slots_(slots), nodes_(nodes), hooks_(hooks) {}

  // `collect(minor: boolean)` runs V8's collector; `schedule()` asks for `Idle` once the event
  // loop rests. Either may be null.
  void SetCallbacks(napi_ref collect, napi_ref schedule);

  // Called before each operator, once its arguments are held. Collects where enough has grown.
  void Check() {
    if (LiveBytes() > byte_limit_ || HandleCount() > handle_limit_ || !scheduled_) Relieve();
    if (NewGpuBytes() > gpu_allowance_) RelieveGpu();
  }

  // As `Check`, for what gives out handles and needs no memory: only their number is looked at.
  void CheckCount() {
    if (!scheduled_) Schedule();
    if (HandleCount() > handle_limit_) Relieve();
  }

  // A collection asked for by name, or by the event loop at rest.
  void Collect(bool minor);
  void Idle();

 private:
  size_t HandleCount() const;
  int64_t NewGpuBytes() const;
  // The allocator's books are asked only when as much was made as may have become garbage.
  void RelieveGpu();
  void Relieve();
  void Schedule();
  void CallCollector(bool minor);
  // A major collection, to which hooks are garbage where their tensors are.
  void CollectWithHooks();
  void ResetLimits();

  napi_env env_;
  Slots& slots_;
  Nodes& nodes_;
  Hooks& hooks_;
  napi_ref collect_ = nullptr;
  napi_ref schedule_ = nullptr;
  bool collecting_ = false;
  bool scheduled_ = false;
  int64_t byte_limit_ = kByteBudget;
  size_t handle_limit_ = kHandleBudget;
  int64_t major_bytes_ = 0;
  size_t major_handles_ = 0;
  int64_t patience_ = 1;
  // GPUs: what may be made before their books are asked, what lived after the last collections, and
  // what they have.
  int64_t gpu_allowance_ = kGpuBudget;
  int64_t gpu_level_ = 0;
  int64_t gpu_major_ = 0;
  int64_t gpu_total_ = 0;
  // What V8 was told of, where it must collect on its own.
  int64_t reported_ = 0;

  static constexpr int64_t kByteBudget = 32 << 20;
  static constexpr size_t kHandleBudget = 1000;
  static constexpr int64_t kGpuBudget = 16 << 20;
};

// A collection for an allocator that is about to fail; false where it may not be done: this thread
// runs no JS, or not what holds all that it needs.
bool CollectNow(bool minor);

}  // namespace sconce

#include "pressure.h"

#include <algorithm>

#include "allocator.h"
#include "collectable.h"
#include "cuda-state.h"
#include "engine.h"
#include "error.h"
#include "handles.h"
#include "hooks.h"
#include "memory.h"
#include "nodes.h"
#include "slots.h"

namespace sconce {

void Pressure::SetCallbacks(napi_ref collect, napi_ref schedule) {
  collect_ = collect;
  schedule_ = schedule;
}

size_t Pressure::HandleCount() const { return slots_.live() + nodes_.live(); }

void Pressure::CallCollector(bool minor) {
  if (collect_ == nullptr) {
    // Not to be had: V8 is told what the tensors weigh, and decides by itself.
    int64_t total = 0;
    const int64_t bytes = LiveBytes();
    CheckStatus(env_, napi_adjust_external_memory(env_, bytes - reported_, &total));
    reported_ = bytes;
    return;
  }
  napi_handle_scope scope;
  CheckStatus(env_, napi_open_handle_scope(env_, &scope));
  napi_value function, receiver, argument;
  CheckStatus(env_, napi_get_reference_value(env_, collect_, &function));
  CheckStatus(env_, napi_get_undefined(env_, &receiver));
  CheckStatus(env_, napi_get_boolean(env_, minor, &argument));
  const napi_status status = napi_call_function(env_, receiver, function, 1, &argument, nullptr);
  napi_close_handle_scope(env_, scope);
  CheckStatus(env_, status);
}

void Pressure::CollectWithHooks() {
  struct Strengthen {
    Hooks& hooks;
    ~Strengthen() { hooks.Strengthen(); }
  } strengthen{hooks_};
  hooks_.Weaken();
  CallCollector(/*minor=*/false);
}

void Pressure::Collect(bool minor) {
  if (collecting_) return;
  collecting_ = true;
  struct Reset {
    bool& flag;
    ~Reset() { flag = false; }
  } reset{collecting_};
  if (minor) {
    CallCollector(minor);
    slots_.SweepYoung();
  } else {
    CollectWithHooks();
    slots_.SweepAll();
  }
  nodes_.Sweep();
  SweepHandles();
  if (!minor) ReportHeld(env_);
}

void Pressure::ResetLimits() {
  // Towards the limit of memory, what is garbage is looked for ever more often.
  const int64_t left = std::max<int64_t>(MemoryLimit() - LiveBytes(), 2 << 20);
  byte_limit_ = LiveBytes() + std::min(std::max(kByteBudget, LiveBytes() / 4), left / 2);
  handle_limit_ = HandleCount() + std::max(kHandleBudget, HandleCount() / 4);
}

void Pressure::Schedule() {
  scheduled_ = true;
  if (schedule_ == nullptr) return;
  napi_value function, receiver;
  CheckStatus(env_, napi_get_reference_value(env_, schedule_, &function));
  CheckStatus(env_, napi_get_undefined(env_, &receiver));
  CheckStatus(env_, napi_call_function(env_, receiver, function, 0, nullptr, nullptr));
}

void Pressure::Relieve() {
  if (!scheduled_) {
    Schedule();
    if (LiveBytes() <= byte_limit_ && HandleCount() <= handle_limit_) return;
  }
  if (collecting_) return;
  Collect(/*minor=*/true);
  // What lives has outgrown the level after the last major collection by half: promoted objects
  // may be dead. Where majors free much, they come too often, and the next waits for longer.
  const int64_t bytes = LiveBytes();
  const size_t handles = HandleCount();
  const int64_t byte_slack = std::max(2 * kByteBudget, major_bytes_ / 2) * patience_;
  const size_t handle_slack =
      std::max(4 * kHandleBudget, major_handles_ / 2) * static_cast<size_t>(patience_);
  if (bytes > major_bytes_ + byte_slack || handles > major_handles_ + handle_slack) {
    Collect(/*minor=*/false);
    const bool freed_much = LiveBytes() - major_bytes_ < (bytes - major_bytes_) / 2 &&
                            HandleCount() - major_handles_ < (handles - major_handles_) / 2 + 1;
    patience_ = freed_much ? std::min<int64_t>(patience_ * 2, 4) : 1;
    major_bytes_ = LiveBytes();
    major_handles_ = HandleCount();
  }
  ResetLimits();
}

int64_t Pressure::NewGpuBytes() const { return slots_.gpu_bytes(); }

void Pressure::RelieveGpu() {
  if (collecting_) return;
  slots_.TakeGpuBytes();
  if (gpu_total_ == 0) gpu_total_ = CudaTotalBytes();
  // An eighth of what lives, so that a loop's peak stays near that of reference counting; and never
  // more than a tenth of what there is.
  const auto budget = [&](int64_t level) {
    return std::max(kGpuBudget, std::min(level / 8, gpu_total_ / 10));
  };
  int64_t bytes = CudaLiveBytes();
  if (bytes - gpu_level_ < budget(gpu_level_)) {
    gpu_allowance_ = budget(gpu_level_) - std::max<int64_t>(bytes - gpu_level_, 0);
    return;
  }
  Collect(/*minor=*/true);
  bytes = CudaLiveBytes();
  if (bytes > gpu_major_ + std::max(2 * kGpuBudget, gpu_major_ / 2)) {
    Collect(/*minor=*/false);
    bytes = CudaLiveBytes();
    gpu_major_ = bytes;
  }
  gpu_level_ = bytes;
  gpu_allowance_ = budget(bytes);
}

bool CollectNow(bool minor) {
  Environment* environment = CurrentEnvironment();
  if (environment == nullptr || !Collectable::May()) return false;
  const Collectable not_again(/*may=*/false);
  try {
    environment->pressure.Collect(minor);
  } catch (const std::exception&) {
    return false;
  }
  return true;
}

void Pressure::Idle() {
  scheduled_ = false;
  Collect(/*minor=*/true);
  ResetLimits();
}

}  // namespace sconce

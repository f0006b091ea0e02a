#include "pressure.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <malloc.h>

#include <algorithm>
#include <atomic>

#include "error.h"
#include "slots.h"

namespace sconce {

namespace {

std::atomic<int64_t> live_bytes{0};

// libtorch's own CPU allocation, counted net: by what malloc gave, so that both sides agree.
class CountingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t size) override {
    if (size == 0) return {nullptr, c10::Device(c10::DeviceType::CPU)};
    void* data = c10::alloc_cpu(size);
    live_bytes.fetch_add(static_cast<int64_t>(malloc_usable_size(data)), std::memory_order_relaxed);
    return {data, data, &Delete, c10::Device(c10::DeviceType::CPU)};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &Delete; }

  void copy_data(void* destination, const void* source, size_t count) const override {
    default_copy_data(destination, source, count);
  }

 private:
  static void Delete(void* data) {
    if (data == nullptr) return;
    live_bytes.fetch_sub(static_cast<int64_t>(malloc_usable_size(data)), std::memory_order_relaxed);
    c10::free_cpu(data);
  }
};

CountingAllocator allocator;

}  // namespace

int64_t LiveBytes() { return live_bytes.load(std::memory_order_relaxed); }

void InstallAllocator() { c10::SetCPUAllocator(&allocator, /*priority=*/1); }

void Pressure::SetCallbacks(napi_ref collect, napi_ref schedule) {
  collect_ = collect;
  schedule_ = schedule;
}

size_t Pressure::HandleCount() const { return slots_.live(); }

void Pressure::CallCollector(bool minor) {
  if (collect_ == nullptr) return;
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

void Pressure::Collect(bool minor) {
  if (collecting_) return;
  collecting_ = true;
  struct Reset {
    bool& flag;
    ~Reset() { flag = false; }
  } reset{collecting_};
  CallCollector(minor);
  if (minor) {
    slots_.SweepYoung();
  } else {
    slots_.SweepAll();
  }
}

void Pressure::ResetLimits() {
  byte_limit_ = LiveBytes() + std::max(kByteBudget, LiveBytes() / 4);
  handle_limit_ = HandleCount() + std::max(kHandleBudget, HandleCount() / 4);
}

void Pressure::Relieve() {
  if (!scheduled_) {
    scheduled_ = true;
    if (schedule_ != nullptr) {
      napi_value function, receiver;
      CheckStatus(env_, napi_get_reference_value(env_, schedule_, &function));
      CheckStatus(env_, napi_get_undefined(env_, &receiver));
      CheckStatus(env_, napi_call_function(env_, receiver, function, 0, nullptr, nullptr));
    }
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

void Pressure::Idle() {
  scheduled_ = false;
  Collect(/*minor=*/true);
  ResetLimits();
}

}  // namespace sconce

#pragma once

#include <node_api.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace sconce {

struct Environment;

constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();
// How many bytes CPU tensors may hold at once in this process.
extern std::atomic<int64_t> memory_limit;
inline int64_t MemoryLimit() { return memory_limit.load(std::memory_order_relaxed); }

// Called where `size` bytes more would exceed the limit: collects garbage where that may be done,
// and throws where it does not help.
void MakeRoom(size_t size);

// Notes the line of JS that has allocated a block; tracer.h.
void TraceAllocation(void* block, int64_t size);

// Remembers, without keeping them alive, JS objects of tensors that a closing scope frees: one of
// each scope, and all while memory is traced.
class FreedByScope {
 public:
  FreedByScope(Environment& environment, size_t count);
  void Add(napi_value holder);

 private:
  Environment& environment_;
  size_t chosen_;
  size_t seen_ = 0;
};
// Right after a major collection: warns of those that JS still holds.
void ReportHeld(napi_env env);

void InitMemory(napi_env env, napi_value exports);
// The environment of this thread is going.
void LeaveMemory();

}  // namespace sconce

#include "cuda-state.h"

#include <ATen/Context.h>
#include <c10/core/CachingDeviceAllocator.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "error.h"
#include "pressure.h"

namespace sconce {

namespace {

struct State {
  std::mutex mutex;
  std::atomic<bool> is_up = false;
  std::vector<std::function<void()>> waiting;
};

State& TheState() {
  static auto* state = new State;
  return *state;
}

}  // namespace

void InitCuda() {
  State& state = TheState();
  if (state.is_up.load(std::memory_order_acquire)) return;
  const std::lock_guard<std::mutex> lock(state.mutex);
  if (state.is_up) return;
  if (!at::Context::hasCUDART()) {
    throw Error(ErrorClass::kTorch, "ERR_NO_CUDA",
                "Torch not compiled with CUDA enabled: this libtorch is the CPU build; "
                "`torch.cuda.isAvailable()` tells, device 'cpu' works, and `npx sconce install "
                "--cuda` gets a libtorch with CUDA");
  }
  try {
    at::globalContext().lazyInitDevice(c10::DeviceType::CUDA);
  } catch (const c10::Error& error) {
    throw Error(ErrorClass::kTorch, "ERR_NO_CUDA", error.what_without_backtrace());
  }
  state.is_up.store(true, std::memory_order_release);
  for (const auto& call : std::exchange(state.waiting, {})) call();
}

bool IsCudaInitialized() { return TheState().is_up; }

void WhenCudaIsUp(std::function<void()> call, bool seeds_all) {
  if (!at::hasCUDA()) return;
  State& state = TheState();
  {
    const std::lock_guard<std::mutex> lock(state.mutex);
    if (!state.is_up) {
      if (seeds_all) state.waiting.clear();
      state.waiting.push_back(std::move(call));
      return;
    }
  }
  call();
}

namespace {

template <class Count>
int64_t SumOverGpus(Count&& count) {
  if (!IsCudaInitialized()) return 0;
  c10::DeviceAllocator* allocator = c10::getDeviceAllocator(c10::DeviceType::CUDA);
  int64_t sum = 0;
  const c10::DeviceIndex gpus = at::detail::getCUDAHooks().deviceCount();
  for (c10::DeviceIndex i = 0; i < gpus; ++i) sum += count(*allocator, i);
  return sum;
}

}  // namespace

int64_t CudaLiveBytes() {
  return SumOverGpus([](c10::DeviceAllocator& allocator, c10::DeviceIndex gpu) {
    return allocator.getDeviceStats(gpu).allocated_bytes[0].current;
  });
}

int64_t CudaTotalBytes() {
  return SumOverGpus([](c10::DeviceAllocator& allocator, c10::DeviceIndex gpu) {
    return static_cast<int64_t>(allocator.getMemoryInfo(gpu).second);
  });
}

}  // namespace sconce

#include "cuda-state.h"

#include <ATen/Context.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/util/Registry.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "error.h"
#include "library.h"
#include "pressure.h"

namespace c10 {

// c10/cuda/CUDACachingAllocator.h declares it, among what needs CUDA's headers: asked before the
// allocator of a GPU reports that no memory is left.
class FreeMemoryCallback {
 public:
  virtual ~FreeMemoryCallback() = default;
  virtual bool Execute() = 0;
};

}  // namespace c10

namespace sconce {

namespace {

// Garbage of JS is memory of the GPU. It can be collected on the thread that made it only, which is
// the one that runs the operators, and backward too unless that was given threads.
class CollectOnJsThread final : public c10::FreeMemoryCallback {
 public:
  bool Execute() override {
    const int64_t before = CudaLiveBytes();
    return CollectNow() && CudaLiveBytes() < before;
  }
};

// Only libtorch_cuda has the registry, and this addon serves a libtorch without it too.
void RegisterCollector() {
#ifdef __linux__
  using Registry = c10::Registry<std::string, std::unique_ptr<c10::FreeMemoryCallback>>;
  void* library = LibraryOpen(LIBRARY("c10_cuda"), 0);
  if (library == nullptr) return;
  void* symbol = LibrarySymbol(library, "_ZN3c1031FreeCudaMemoryCallbacksRegistryB5cxx11Ev");
  if (symbol == nullptr) return;
  auto* registry = reinterpret_cast<Registry* (*)()>(symbol)();
  registry->Register("sconce", [] {
    return std::unique_ptr<c10::FreeMemoryCallback>(std::make_unique<CollectOnJsThread>());
  });
#endif
}

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
  if (!at::hasCUDA()) {
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
  RegisterCollector();
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

#include "cuda/free-memory.h"

#include <c10/cuda/CUDACachingAllocator.h>

namespace sconce::cuda {

namespace {

bool (*collect_garbage)(bool is_scarce) = nullptr;

// Whether a tenth of what the process may have is all that is left.
bool IsMemoryScarce() {
  size_t free = 0, total = 0;
  int device = 0;
  if (cudaGetDevice(&device) != cudaSuccess || cudaMemGetInfo(&free, &total) != cudaSuccess) {
    // The error is told to whoever asks next, and not to a later, innocent call.
    static_cast<void>(cudaGetLastError());
    return true;
  }
  return free < total / 10;
}

// libtorch runs it where its cache has no block that fits, with the allocator's lock held. The lock
// may be taken again by this thread, and freeing tensors does so.
class CollectGarbage final : public c10::FreeMemoryCallback {
 public:
  bool Execute() override { return collect_garbage(IsMemoryScarce()); }
};

}  // namespace

void InstallFreeMemoryCallback(bool (*collect)(bool is_scarce)) {
  collect_garbage = collect;
  c10::FreeCudaMemoryCallbacksRegistry()->Register(
      "sconce", [] { return std::unique_ptr<c10::FreeMemoryCallback>(new CollectGarbage()); });
}

}  // namespace sconce::cuda

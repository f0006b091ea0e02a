#include "cuda-library.h"

#include <c10/util/Exception.h>

#include <mutex>

#include "autograd-state.h"
#include "collectable.h"
#include "convert.h"
#include "engine.h"
#include "environment.h"
#include "error.h"
#include "js-call.h"

#ifdef _WIN32
#define SCONCE_EXPORT __declspec(dllexport)
#else
#define SCONCE_EXPORT __attribute__((visibility("default")))
#endif

namespace sconce {

namespace {

cuda::Library* library = nullptr;
// Why there is none, although libtorch has CUDA.
std::string failure;

// How many tensors lived after the last collections that were made here.
thread_local size_t after_minor = 0;
thread_local size_t after_major = 0;

// Minor collections, and a major one where those find nothing and the device has little left or
// the old have become half as many again. Whether any tensor was freed.
bool Collect(Environment& environment, bool is_scarce) {
  const size_t before = environment.slots.live();
  // What was looked at already, and lives, is no garbage.
  if (before == after_minor) return false;
  environment.pressure.Collect(/*minor=*/true);
  const size_t left = environment.slots.live();
  if (left == before && (is_scarce ? left != after_major : left > after_major * 3 / 2)) {
    environment.pressure.Collect(/*minor=*/false);
    after_major = environment.slots.live();
  }
  after_minor = environment.slots.live();
  return after_minor < before;
}

// Inside libtorch's allocator nothing may be thrown.
bool CollectGarbage(bool is_scarce) {
  Environment* environment = CurrentEnvironment();
  if (environment == nullptr || !Collectable::May()) return false;
  try {
    return Collect(*environment, is_scarce);
  } catch (const std::exception&) {
    return false;
  }
}

std::string StackOfJs() {
  Environment* environment = CurrentEnvironment();
  if (environment == nullptr || environment->autograd->capture_stack == nullptr) return "";
  try {
    const JsScope scope(environment->env);
    return ToString(environment->env,
                    CallJs(*environment, *environment->autograd->capture_stack, {}));
  } catch (const std::exception&) {
    return "";
  }
}

}  // namespace

cuda::Library& CudaLibrary() {
  TORCH_CHECK(failure.empty(),
              "the library for CUDA graphs and snapshots could not be loaded: ", failure,
              ": run `npx sconce doctor`");
  if (library == nullptr) {
    throw Error(ErrorClass::kTorch, "ERR_NO_CUDA",
                "Torch not compiled with CUDA enabled: `npx sconce install --cuda` gets a libtorch "
                "that is");
  }
  return *library;
}

}  // namespace sconce

// The stub calls it for a libtorch with CUDA, with what it found in libsconce-cuda, or with the
// reason why there is none.
extern "C" SCONCE_EXPORT void sconce_attach_cuda(void* open, const char* reason) {
  static std::once_flag attached;
  std::call_once(attached, [&] {
    static const sconce::cuda::Host host{sconce::CollectGarbage, sconce::StackOfJs};
    if (open == nullptr) {
      sconce::failure = reason;
    } else {
      sconce::library = reinterpret_cast<sconce::cuda::LibraryFunction>(open)(&host);
    }
  });
}

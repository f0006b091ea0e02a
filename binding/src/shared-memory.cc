#include "shared-memory.h"

#include <ATen/MapAllocator.h>
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#ifdef __linux__
#include <unistd.h>
#endif

#include "allocator.h"
#include "convert.h"
#include "entry.h"
#include "error.h"

namespace sconce {

namespace {

// Mapped memory weighs as other memory does on when garbage is collected.
class SharedMemory final : public at::MapAllocator {
 public:
  // Known by its descriptor alone: it goes with the last process that has it.
  static constexpr int kFlags = at::ALLOCATOR_MAPPED_SHAREDMEM | at::ALLOCATOR_MAPPED_EXCLUSIVE |
                                at::ALLOCATOR_MAPPED_KEEPFD | at::ALLOCATOR_MAPPED_UNLINK;

  explicit SharedMemory(size_t size)
      : MapAllocator(at::NewProcessWideShmHandle(), kFlags, std::max<size_t>(size, 1)) {
    CountBytes(this->size());
  }
  ~SharedMemory() override {
    CountBytes(-size());
    close();
  }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  static void Delete(void* memory) { delete static_cast<SharedMemory*>(memory); }
};

SharedMemory* MappingOf(const c10::Storage& storage) {
  return static_cast<SharedMemory*>(storage.data_ptr().cast_context<void>(&SharedMemory::Delete));
}

// GPUs' memory counts as shared, as in Python.
bool IsSharedStorage(const c10::Storage& storage) {
  return storage.device_type() == at::kCUDA || MappingOf(storage) != nullptr ||
         at::MapAllocator::fromDataPtr(storage.data_ptr()) != nullptr;
}

const c10::Storage& StorageOf(const at::Tensor& tensor) {
  if (!tensor.has_storage()) {
    throw Error(
        ErrorClass::kNotImplemented, "ERR_NOT_IMPLEMENTED",
        "this tensor has no storage of its own; share the tensors that it consists of, such "
        "as x.indices() and x.values()");
  }
  return tensor.storage();
}

// isSharedMemory(id)
napi_value IsSharedMemory(Environment&, const Arguments& arguments) {
  return arguments.Bool(IsSharedStorage(StorageOf(arguments.Tensor(0))));
}

// shareMemory(id): moves the storage, and so all tensors on it, to memory that processes share.
napi_value ShareMemory(Environment& environment, const Arguments& arguments) {
  const c10::Storage storage = StorageOf(arguments.Tensor(0));
  if (IsSharedStorage(storage)) return nullptr;
  if (storage.device_type() != at::kCPU) {
    throw Error(
        ErrorClass::kNotImplemented, "ERR_NOT_IMPLEMENTED",
        "shareMemory_(): only memory of the CPU or of a CUDA device is shared, not that of " +
            storage.device().str());
  }
  if (!storage.resizable()) {
    throw Error(ErrorClass::kTorch, "ERR_NOT_RESIZABLE",
                "shareMemory_(): this memory cannot be moved, since JavaScript or another thread "
                "sees it where it is; call shareMemory_() before asTypedArray() and toHandle()");
  }
  environment.pressure.Check();
  auto memory = std::make_unique<SharedMemory>(storage.nbytes());
  void* data = memory->data();
  std::memcpy(data, storage.data(), storage.nbytes());
  at::DataPtr moved(data, memory.release(), &SharedMemory::Delete, at::kCPU);
  storage.set_data_ptr(std::move(moved));
  storage.unsafeGetStorageImpl()->set_resizable(false);
  return nullptr;
}

// storageFilename(id): the path by which another process finds the memory; undefined where none.
napi_value StorageFilename(Environment& environment, const Arguments& arguments) {
  const c10::Storage& storage = StorageOf(arguments.Tensor(0));
#ifdef __linux__
  if (const SharedMemory* memory = MappingOf(storage)) {
    return FromString(environment.env,
                      "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(memory->fd()));
  }
#endif
  if (const auto* file = at::MapAllocator::fromDataPtr(storage.data_ptr())) {
    return FromString(environment.env, file->filename());
  }
  return nullptr;
}

}  // namespace

void InitSharedMemory(napi_env env, napi_value exports) {
  Define<IsSharedMemory>(env, exports, "isSharedMemory");
  Define<ShareMemory>(env, exports, "shareMemory");
  Define<StorageFilename>(env, exports, "storageFilename");
}

}  // namespace sconce

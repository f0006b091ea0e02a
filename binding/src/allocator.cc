#include "allocator.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <c10/util/Exception.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <vector>

#include "memory.h"
#include "pressure.h"
#include "tracer.h"

namespace sconce {

namespace {

std::atomic<int64_t> live_bytes{0};

#ifdef SCONCE_SANITIZE
// A block that is rounded up or given out again hides wrong uses of it from the sanitizer.
constexpr bool kKeepsBlocks = false;
#else
constexpr bool kKeepsBlocks = true;
#endif

// Freed blocks by size, for the next tensors. Garbage comes in batches of thousands, which malloc
// sorts and merges and, where they are large, gives back to the system: then every 4 kB of the next
// tensors cost a page fault.
class BlockCache {
 public:
  static constexpr size_t kSmallest = 64;
  static constexpr size_t kLargest = (64 << 20) - 1;
  static constexpr size_t kMostKept = 96 << 20;

  static size_t RoundUp(size_t size) { return RoundDown(size + Step(size) - 1); }
  static size_t RoundDown(size_t size) { return size / Step(size) * Step(size); }

  void* Take(size_t size) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<void*>& blocks = blocks_[Index(size)];
    if (blocks.empty()) return nullptr;
    void* block = blocks.back();
    blocks.pop_back();
    kept_ -= size;
    return block;
  }

  bool Put(void* block, size_t size) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (kept_ + size > kMostKept) return false;
    blocks_[Index(size)].push_back(block);
    kept_ += size;
    return true;
  }

  void Clear() {
    std::array<std::vector<void*>, kClasses> blocks;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      blocks.swap(blocks_);
      kept_ = 0;
    }
    for (const std::vector<void*>& list : blocks) {
      for (void* block : list) c10::free_cpu(block);
    }
  }

 private:
  // Blocks come in multiples of 64 bytes up to 1 kB, then in eight sizes between powers of two.
  static constexpr size_t kFine = 1024;
  static constexpr size_t kFineStep = 64;
  static constexpr size_t kSteps = 8;
  static constexpr size_t kClasses = kFine / kFineStep + kSteps * 17;

  static size_t Step(size_t size) {
    return size < kFine ? kFineStep : std::bit_floor(size) / kSteps;
  }

  static size_t Index(size_t size) {
    if (size < kFine) return size / kFineStep;
    const size_t power = static_cast<size_t>(std::bit_width(size / kFine)) - 1;
    return kFine / kFineStep + kSteps * power + size / Step(size) - kSteps;
  }

  std::mutex mutex_;
  std::array<std::vector<void*>, kClasses> blocks_;
  size_t kept_ = 0;
};

// Never destroyed: tensors may be freed after static destructors have run.
BlockCache& Cache() {
  static auto* cache = new BlockCache;
  return *cache;
}

// Counts by what malloc gave, since no size is known when a block is freed.
class CountingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t size) override {
    if (static_cast<int64_t>(size) > MemoryLimit() - LiveBytes()) MakeRoom(size);
    void* data = size == 0 ? nullptr : AllocateBlock(size);
    if (data != nullptr) {
      const auto given = static_cast<int64_t>(malloc_usable_size(data));
      CountBytes(given);
      if (Tracer::IsOn()) TraceAllocation(data, given);
    }
    return {data, data, &Delete, c10::Device(c10::DeviceType::CPU)};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &Delete; }

  void copy_data(void* destination, const void* source, size_t count) const override {
    default_copy_data(destination, source, count);
  }

 private:
  // From here on malloc maps memory for a block, at first.
  static constexpr size_t kMapped = 128 << 10;

  static bool IsKept(size_t size) {
    return kKeepsBlocks && size >= BlockCache::kSmallest && size <= BlockCache::kLargest;
  }

  // malloc begins every block that it maps at the same place of a page, and a load waits for a
  // store whose address has the same lower 12 bits: 2% of a step of SGD on large parameters. Asked
  // for one of seven alignments, it begins them at seven places.
  static void* Allocate(size_t size) {
    static std::atomic<uint32_t> state{0};
    if (size >= kMapped) {
      const uint32_t count = state.fetch_add(0x9e3779b9, std::memory_order_relaxed);
      const uint32_t mixed = (count ^ count >> 16) * 0x85ebca6b;
      void* data = nullptr;
      if (posix_memalign(&data, size_t{64} << (mixed >> 16) % 7, size) == 0) return data;
    }
    return c10::alloc_cpu(size);
  }

  // Where the system has no more, garbage and the kept blocks go back to it before anything fails.
  static void* AllocateOrThrow(size_t size) {
    try {
      return Allocate(size);
    } catch (const c10::Error&) {
      CollectNow(/*minor=*/false);
      Cache().Clear();
    }
    try {
      return Allocate(size);
    } catch (const c10::Error& error) {
      C10_THROW_ERROR(OutOfMemoryError, error.what_without_backtrace());
    }
  }

  static void* AllocateBlock(size_t size) {
    if (kKeepsBlocks) size = std::max(size, BlockCache::kSmallest);
    if (!IsKept(size)) return AllocateOrThrow(size);
    size = BlockCache::RoundUp(size);
    void* data = Cache().Take(size);
    return data != nullptr ? data : AllocateOrThrow(size);
  }

  static void Delete(void* data) {
    if (data == nullptr) return;
    const size_t size = malloc_usable_size(data);
    if (Tracer::IsOn()) Tracer::Get().Remove(data);
    CountBytes(-static_cast<int64_t>(size));
    if (!IsKept(size) || !Cache().Put(data, BlockCache::RoundDown(size))) c10::free_cpu(data);
  }
};

CountingAllocator allocator;

}  // namespace

int64_t LiveBytes() { return live_bytes.load(std::memory_order_relaxed); }

void CountBytes(int64_t bytes) { live_bytes.fetch_add(bytes, std::memory_order_relaxed); }

void InstallAllocator() {
  c10::SetCPUAllocator(&allocator, /*priority=*/1);
#ifdef __GLIBC__
  // Its fast bins are merged at every release of a large block, of which training has many: 2% of
  // LeNet's step at batch 1.
  mallopt(M_MXFAST, 0);
#endif
}
}  // namespace sconce

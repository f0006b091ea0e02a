#include "devices.h"

#include <ATen/Context.h>
#include <ATen/DeviceAccelerator.h>
#include <ATen/core/CachingHostAllocator.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <string>

#include "convert.h"
#include "cuda-state.h"
#include "entry.h"
#include "error.h"
#include "runtime.h"

namespace sconce {

namespace {

napi_value CudaDeviceCount(Environment&, const Arguments& arguments) {
  return arguments.Number(at::detail::getCUDAHooks().deviceCount());
}

// Whether libtorch was built with CUDA; a GPU need not be there.
napi_value HasCuda(Environment&, const Arguments& arguments) {
  return arguments.Bool(at::Context::hasCUDART());
}

napi_value InitCudaNow(Environment&, const Arguments&) {
  InitCuda();
  return nullptr;
}

napi_value IsCudaUp(Environment&, const Arguments& arguments) {
  return arguments.Bool(IsCudaInitialized());
}

// accelerator(): the type of device that this libtorch computes on beside the CPU, or -1.
napi_value Accelerator(Environment&, const Arguments& arguments) {
  const auto type = at::accelerator::getAccelerator();
  return arguments.Number(type ? static_cast<double>(*type) : -1);
}

// acceleratorCount(type): how many devices there are of a type.
napi_value AcceleratorCount(Environment&, const Arguments& arguments) {
  const auto type = static_cast<c10::DeviceType>(arguments.Int32(0));
  return arguments.Number(at::globalContext().getAcceleratorHooksInterface(type).deviceCount());
}

// The device of a code, set up.
c10::Device Ready(const Arguments& arguments, size_t index = 0) {
  const c10::Device device = ToDevice(arguments.Double(index));
  at::globalContext().lazyInitDevice(device.type());
  return device;
}

c10::Device WithIndex(const c10::Device& device) {
  if (device.has_index()) return device;
  return c10::impl::VirtualGuardImpl(device.type()).getDevice();
}

// currentDevice(code of a type): the index of the one in use.
napi_value CurrentDevice(Environment&, const Arguments& arguments) {
  const c10::Device device = Ready(arguments);
  return arguments.Number(c10::impl::VirtualGuardImpl(device.type()).getDevice().index());
}

// exchangeDevice(code): the index of the one that was in use.
napi_value ExchangeDevice(Environment&, const Arguments& arguments) {
  const c10::Device device = Ready(arguments);
  return arguments.Number(
      c10::impl::VirtualGuardImpl(device.type()).exchangeDevice(device).index());
}

napi_value SynchronizeDevice(Environment&, const Arguments& arguments) {
  const c10::Device device = WithIndex(Ready(arguments));
  c10::impl::VirtualGuardImpl(device.type()).synchronizeDevice(device.index());
  return nullptr;
}

// The allocator of a device, which must be one that keeps books.
c10::DeviceAllocator& AllocatorOf(const c10::Device& device) {
  return *c10::getDeviceAllocator(device.type());
}

napi_value EmptyCache(Environment&, const Arguments& arguments) {
  AllocatorOf(Ready(arguments)).emptyCache();
  return nullptr;
}

napi_value EmptyHostCache(Environment&, const Arguments& arguments) {
  at::getHostAllocator(Ready(arguments).type())->empty_cache();
  return nullptr;
}

// An object of numbers and of such objects, by PyTorch's names.
class Book {
 public:
  explicit Book(const Arguments& arguments, napi_env env) : arguments_(arguments), env_(env) {
    CheckStatus(env, napi_create_object(env, &object_));
  }
  napi_value object() const { return object_; }

  void Set(const char* name, napi_value value) {
    CheckStatus(env_, napi_set_named_property(env_, object_, name, value));
  }
  void Set(const char* name, int64_t value) {
    Set(name, arguments_.Number(static_cast<double>(value)));
  }
  void Set(const char* name, const c10::CachingAllocator::Stat& stat) {
    Book book(arguments_, env_);
    book.Set("current", stat.current);
    book.Set("peak", stat.peak);
    book.Set("allocated", stat.allocated);
    book.Set("freed", stat.freed);
    Set(name, book.object());
  }
  void Set(const char* name, const c10::CachingAllocator::StatArray& stats) {
    Book book(arguments_, env_);
    book.Set("all", stats[0]);
    book.Set("small_pool", stats[1]);
    book.Set("large_pool", stats[2]);
    Set(name, book.object());
  }
  void Set(const char* name, const c10::CachingAllocator::DurationStat& stat) {
    Book book(arguments_, env_);
    book.Set("total", stat.total);
    book.Set("max", stat.max);
    book.Set("min", stat.min);
    book.Set("count", stat.count);
    book.Set("avg", stat.count == 0 ? 0 : stat.total / stat.count);
    Set(name, book.object());
  }

 private:
  const Arguments& arguments_;
  napi_env env_;
  napi_value object_ = nullptr;
};

// What only some versions of libtorch count.
template <class Stats>
void SetNewer(Book& book, const Arguments& arguments, napi_env env, const Stats& stats) {
  if constexpr (requires { stats.num_oom_rejections; }) {
    book.Set("num_oom_rejections", stats.num_oom_rejections);
  }
  if constexpr (requires { stats.reserved_bytes_by_private_pools; }) {
    Book pools(arguments, env);
    for (const auto& [id, stat] : stats.reserved_bytes_by_private_pools) {
      pools.Set((std::to_string(id.first) + "_" + std::to_string(id.second)).c_str(), stat);
    }
    book.Set("reserved_bytes_by_private_pools", pools.object());
  }
}

// memoryStats(code): the books of a device's allocator, as PyTorch nests them.
napi_value MemoryStats(Environment& environment, const Arguments& arguments) {
  const c10::Device device = WithIndex(Ready(arguments));
  const auto stats = AllocatorOf(device).getDeviceStats(device.index());
  Book book(arguments, environment.env);
  book.Set("num_alloc_retries", stats.num_alloc_retries);
  book.Set("num_ooms", stats.num_ooms);
  book.Set("max_split_size", stats.max_split_size);
  book.Set("num_sync_all_streams", stats.num_sync_all_streams);
  book.Set("num_device_alloc", stats.num_device_alloc);
  book.Set("num_device_free", stats.num_device_free);
  book.Set("allocation", stats.allocation);
  book.Set("segment", stats.segment);
  book.Set("active", stats.active);
  book.Set("inactive_split", stats.inactive_split);
  book.Set("allocated_bytes", stats.allocated_bytes);
  book.Set("reserved_bytes", stats.reserved_bytes);
  book.Set("active_bytes", stats.active_bytes);
  book.Set("inactive_split_bytes", stats.inactive_split_bytes);
  book.Set("requested_bytes", stats.requested_bytes);
  book.Set("oversize_allocations", stats.oversize_allocations);
  book.Set("oversize_segments", stats.oversize_segments);
  SetNewer(book, arguments, environment.env, stats);
  return book.object();
}

template <class Stats>
void SetHost(Book& book, const Stats& stats) {
  if constexpr (requires { stats.allocations; }) book.Set("allocations", stats.allocations);
  if constexpr (requires { stats.active_requests; }) {
    book.Set("active_requests", stats.active_requests);
    book.Set("active_bytes", stats.active_bytes);
  }
  // Until 2.9 these were the names.
  if constexpr (requires { stats.segment; }) {
    book.Set("allocation", stats.allocation);
    book.Set("segment", stats.segment);
    book.Set("reserved_bytes", stats.reserved_bytes);
  }
  book.Set("allocated_bytes", stats.allocated_bytes);
  book.Set("host_alloc_time", stats.host_alloc_time);
  book.Set("host_free_time", stats.host_free_time);
  book.Set("num_host_alloc", stats.num_host_alloc);
  book.Set("num_host_free", stats.num_host_free);
}

// hostMemoryStats(code): the books of the allocator of page-locked memory.
napi_value HostMemoryStats(Environment& environment, const Arguments& arguments) {
  Book book(arguments, environment.env);
  SetHost(book, at::getHostAllocator(Ready(arguments).type())->get_stats());
  return book.object();
}

// resetMemoryStats(code, peaks: boolean, host: boolean): the peaks, or what is summed up.
napi_value ResetMemoryStats(Environment&, const Arguments& arguments) {
  const c10::Device device = WithIndex(Ready(arguments));
  const bool peaks = arguments.Boolean(1);
  if (arguments.Boolean(2)) {
    auto* host = at::getHostAllocator(device.type());
    peaks ? host->reset_peak_stats() : host->reset_accumulated_stats();
  } else {
    auto& allocator = AllocatorOf(device);
    peaks ? allocator.resetPeakStats(device.index())
          : allocator.resetAccumulatedStats(device.index());
  }
  return nullptr;
}

// memoryInfo(code): [free, total] bytes of a device.
napi_value MemoryInfo(Environment&, const Arguments& arguments) {
  const c10::Device device = WithIndex(Ready(arguments));
  const auto [free, total] = AllocatorOf(device).getMemoryInfo(device.index());
  return arguments.Numbers({static_cast<int64_t>(free), static_cast<int64_t>(total)});
}

void SeedGpu(const c10::Device& device, uint64_t seed) {
  at::Generator generator = at::globalContext().defaultGenerator(device);
  const std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_current_seed(seed);
}

c10::Device CurrentGpu() { return c10::impl::VirtualGuardImpl(c10::DeviceType::CUDA).getDevice(); }

void SeedAllGpus(uint64_t seed) {
  const c10::DeviceIndex gpus = at::detail::getCUDAHooks().deviceCount();
  for (c10::DeviceIndex i = 0; i < gpus; ++i) SeedGpu({c10::DeviceType::CUDA, i}, seed);
}

uint64_t RandomSeed(const c10::Device& device) {
  at::Generator generator = at::globalContext().defaultGenerator(device);
  const std::lock_guard<std::mutex> lock(generator.mutex());
  return generator.seed();
}

// cudaManualSeed(seed: bigint, all: boolean)
napi_value CudaManualSeed(Environment& environment, const Arguments& arguments) {
  const uint64_t seed = ToSeed(environment.env, arguments[0]);
  if (arguments.Boolean(1)) {
    WhenCudaIsUp([seed] { SeedAllGpus(seed); }, /*seeds_all=*/true);
  } else {
    WhenCudaIsUp([seed] { SeedGpu(CurrentGpu(), seed); });
  }
  return nullptr;
}

// cudaSeed(all: boolean): seeds drawn from the system.
napi_value CudaSeed(Environment&, const Arguments& arguments) {
  if (arguments.Boolean(0)) {
    WhenCudaIsUp([] { SeedAllGpus(RandomSeed({c10::DeviceType::CUDA, 0})); });
  } else {
    WhenCudaIsUp([] { RandomSeed(CurrentGpu()); });
  }
  return nullptr;
}

// cudaSetRngState(state, index): below 0 for the GPU in use.
napi_value CudaSetRngState(Environment&, const Arguments& arguments) {
  const at::Tensor state = arguments.Tensor(0).clone();
  const auto index = static_cast<c10::DeviceIndex>(arguments.Int32(1));
  WhenCudaIsUp([state, index] {
    const c10::Device device = index < 0 ? CurrentGpu() : c10::Device(c10::DeviceType::CUDA, index);
    at::Generator generator = at::globalContext().defaultGenerator(device);
    const std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_state(state);
  });
  return nullptr;
}

}  // namespace

void InitDevices(napi_env env, napi_value exports) {
  Define<CudaDeviceCount>(env, exports, "cudaDeviceCount");
  Define<HasCuda>(env, exports, "hasCuda");
  Define<InitCudaNow>(env, exports, "initCuda");
  Define<IsCudaUp>(env, exports, "isCudaInitialized");
  Define<Accelerator>(env, exports, "accelerator");
  Define<AcceleratorCount>(env, exports, "acceleratorCount");
  Define<CurrentDevice>(env, exports, "currentDevice");
  Define<ExchangeDevice>(env, exports, "exchangeDevice");
  Define<SynchronizeDevice>(env, exports, "synchronizeDevice");
  Define<EmptyCache>(env, exports, "emptyCache");
  Define<EmptyHostCache>(env, exports, "emptyHostCache");
  Define<MemoryStats>(env, exports, "memoryStats");
  Define<HostMemoryStats>(env, exports, "hostMemoryStats");
  Define<ResetMemoryStats>(env, exports, "resetMemoryStats");
  Define<MemoryInfo>(env, exports, "memoryInfo");
  Define<CudaManualSeed>(env, exports, "cudaManualSeed");
  Define<CudaSeed>(env, exports, "cudaSeed");
  Define<CudaSetRngState>(env, exports, "cudaSetRngState");
}

}  // namespace sconce

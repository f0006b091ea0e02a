// Every difference between libtorch 2.11 and 2.14 that the code for CUDA meets. What is asked of
// the type itself needs no list of versions.

#pragma once

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <torch/headeronly/version.h>

#include <string>
#include <vector>

namespace sconce::cuda {

// Since 2.14 libtorch leaves it to its caller to print a graph.
template <class CudaGraph>
void DumpGraph(CudaGraph& graph, const std::string& path) {
  if constexpr (requires { graph.debug_dump(path); }) {
    graph.debug_dump(path);
  } else {
    C10_CUDA_CHECK(cudaGraphDebugDotPrint(graph.raw_cuda_graph(), path.c_str(),
                                          cudaGraphDebugDotFlagsVerbose));
  }
}

// Instantiates a graph that was kept, where libtorch leaves that to its caller too.
template <class CudaGraph>
void EnsureInstantiated(CudaGraph& graph) {
  if constexpr (requires { graph.has_graph_exec(); }) {
    if (!graph.has_graph_exec()) graph.instantiate();
  }
}

template <class Allocator, class Pool>
auto TakeSnapshot(Allocator& allocator, const Pool& pool, bool include_traces) {
  if constexpr (requires { allocator.snapshot(pool, include_traces); }) {
    return allocator.snapshot(pool, include_traces);
  } else {
    return allocator.snapshot(pool);
  }
}

template <class Allocator, class Create, class Context>
void SetHistory(Allocator& allocator, bool enabled, Create create, size_t entries, Context context,
                bool clear, const std::vector<std::string>& skipped) {
  if constexpr (requires {
                  allocator.recordHistory(enabled, create, entries, context, clear, skipped);
                }) {
    allocator.recordHistory(enabled, create, entries, context, clear, skipped);
  } else {
    TORCH_CHECK(skipped.empty(), "this libtorch, ", TORCH_VERSION, ", cannot skip actions");
    allocator.recordHistory(enabled, create, entries, context, clear);
  }
}

template <class Allocator>
double FractionOf(Allocator& allocator, c10::DeviceIndex device) {
  if constexpr (requires { allocator.getMemoryFraction(device); }) {
    return allocator.getMemoryFraction(device);
  } else {
    TORCH_CHECK(false, "this libtorch, ", TORCH_VERSION, ", does not tell the memory fraction");
  }
}

// Names that changed.
template <class Settings>
bool ReleasesLock(const Settings& settings) {
  if constexpr (requires { settings.release_lock_on_malloc; }) {
    return settings.release_lock_on_malloc;
  } else {
    return settings.release_lock_on_cudamalloc;
  }
}

template <class Settings>
bool RegistersHostMemory(const Settings& settings) {
  if constexpr (requires { settings.pinned_use_host_register; }) {
    return settings.pinned_use_host_register;
  } else {
    return settings.pinned_use_cuda_host_register;
  }
}

// The pool of an entry in the history, where it is told.
template <class Entry>
std::pair<uint64_t, uint64_t> PoolOf(const Entry& entry) {
  if constexpr (requires { entry.mempool_; }) {
    return entry.mempool_;
  } else {
    return {0, 0};
  }
}

}  // namespace sconce::cuda

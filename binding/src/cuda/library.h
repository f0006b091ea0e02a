// What links CUDA, libsconce-cuda, as the addon sees it. The addon is one for both flavours of
// libtorch, so it links none of this: the stub loads libsconce-cuda after a libtorch with CUDA.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sconce::cuda {

// A memory pool's two numbers, as libtorch gives them; zeros for none.
using PoolId = std::pair<uint64_t, uint64_t>;

// In the order of cudaStreamCaptureMode.
enum class CaptureMode { kGlobal, kThreadLocal, kRelaxed };

class Graph {
 public:
  virtual ~Graph() = default;
  virtual void CaptureBegin(PoolId pool, CaptureMode mode) = 0;
  virtual void CaptureEnd() = 0;
  virtual void Instantiate() = 0;
  virtual void Replay() = 0;
  virtual void Reset() = 0;
  virtual PoolId Pool() = 0;
  virtual void EnableDebugMode() = 0;
  virtual void DebugDump(const std::string& path) = 0;
  // The addresses of CUDA's own objects.
  virtual uint64_t RawGraph() = 0;
  virtual uint64_t RawGraphExec() = 0;
};

// What is recorded of the allocator's doings; PyTorch's words in numbers.
struct History {
  bool enabled;
  // c10's RecordContext: never, state, alloc, all.
  int context;
  uint64_t max_entries;
  bool clear;
  std::vector<std::string> skipped;
};

class Library {
 public:
  virtual std::unique_ptr<Graph> NewGraph(bool keep_graph) = 0;
  virtual PoolId NewPool() = 0;
  virtual bool IsCapturing() = 0;
  // The allocator's state, as JSON with PyTorch's keys; stacks of JS stand in `stack`.
  virtual std::string Snapshot(PoolId pool, bool include_traces) = 0;
  virtual void RecordHistory(const History& history) = 0;
  // How much of a device's memory the process may have.
  virtual void SetMemoryFraction(double fraction, int device) = 0;
  virtual double MemoryFraction(int device) = 0;

 protected:
  ~Library() = default;
};

// What libsconce-cuda calls of the addon, on whatever thread it happens to be.
struct Host {
  // Collects JS garbage; whether any GPU memory may have come free. `is_scarce`: also what costs
  // more to find.
  bool (*collect)(bool is_scarce);
  // Where JS is; empty where it does not run on this thread.
  std::string (*stack)();
};

// The C symbol of libsconce-cuda that gives the library.
constexpr const char kLibrarySymbol[] = "sconce_cuda_library";
using LibraryFunction = Library* (*)(const Host*);

}  // namespace sconce::cuda

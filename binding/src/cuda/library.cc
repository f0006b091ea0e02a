#include "cuda/library.h"

#include "cuda/free-memory.h"
#include "cuda/graph.h"
#include "cuda/snapshot.h"
#include "cuda/version.h"

namespace sconce::cuda {

namespace {

class CudaLibrary final : public Library {
 public:
  explicit CudaLibrary(const Host& host) : host_(host) { InstallFreeMemoryCallback(host.collect); }

  std::unique_ptr<Graph> NewGraph(bool keep_graph) override { return MakeGraph(keep_graph); }
  PoolId NewPool() override { return MakePool(); }
  bool IsCapturing() override { return IsStreamCapturing(); }
  std::string Snapshot(PoolId pool, bool include_traces) override {
    return MakeSnapshot(pool, include_traces);
  }
  void RecordHistory(const History& history) override { StartHistory(history, host_.stack); }
  void SetMemoryFraction(double fraction, int device) override {
    c10::cuda::CUDACachingAllocator::setMemoryFraction(fraction,
                                                       static_cast<c10::DeviceIndex>(device));
  }
  double MemoryFraction(int device) override {
    return FractionOf(*c10::cuda::CUDACachingAllocator::get(),
                      static_cast<c10::DeviceIndex>(device));
  }

 private:
  const Host host_;
};

}  // namespace

}  // namespace sconce::cuda

// One for the process, however many threads of JS there are.
extern "C" __attribute__((visibility("default"))) sconce::cuda::Library* sconce_cuda_library(
    const sconce::cuda::Host* host) {
  static auto* library = new sconce::cuda::CudaLibrary(*host);
  return library;
}

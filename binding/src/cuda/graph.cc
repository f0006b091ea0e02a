#include "cuda/graph.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/util/Exception.h>

#include "cuda/version.h"

namespace sconce::cuda {

namespace {

class CudaGraph final : public Graph {
 public:
  explicit CudaGraph(bool keep_graph) : graph_(keep_graph) {}

  void CaptureBegin(PoolId pool, CaptureMode mode) override {
    graph_.capture_begin(pool, static_cast<cudaStreamCaptureMode>(mode));
  }
  void CaptureEnd() override { graph_.capture_end(); }
  void Instantiate() override { graph_.instantiate(); }
  void Replay() override {
    EnsureInstantiated(graph_);
    graph_.replay();
  }
  void Reset() override { graph_.reset(); }
  PoolId Pool() override { return graph_.pool(); }
  void EnableDebugMode() override { graph_.enable_debug_mode(); }
  void DebugDump(const std::string& path) override { DumpGraph(graph_, path); }
  uint64_t RawGraph() override { return reinterpret_cast<uint64_t>(graph_.raw_cuda_graph()); }
  uint64_t RawGraphExec() override {
    return reinterpret_cast<uint64_t>(graph_.raw_cuda_graph_exec());
  }

 private:
  at::cuda::CUDAGraph graph_;
};

}  // namespace

std::unique_ptr<Graph> MakeGraph(bool keep_graph) {
  return std::make_unique<CudaGraph>(keep_graph);
}

PoolId MakePool() { return at::cuda::graph_pool_handle(); }

bool IsStreamCapturing() {
  return c10::cuda::currentStreamCaptureStatusMayInitCtx() == c10::cuda::CaptureStatus::Active;
}

}  // namespace sconce::cuda

#include "cuda-graph.h"

#include <ATen/Context.h>

#include "convert.h"
#include "cuda-library.h"
#include "entry.h"
#include "error.h"

namespace sconce {

namespace {

using cuda::Graph;
using cuda::PoolId;

// A pool in JS: its two numbers, as BigInts.
napi_value FromPool(Environment& environment, const PoolId& pool) {
  napi_env env = environment.env;
  napi_value array, number;
  CheckStatus(env, napi_create_array_with_length(env, 2, &array));
  CheckStatus(env, napi_create_bigint_uint64(env, pool.first, &number));
  CheckStatus(env, napi_set_element(env, array, 0, number));
  CheckStatus(env, napi_create_bigint_uint64(env, pool.second, &number));
  CheckStatus(env, napi_set_element(env, array, 1, number));
  return array;
}

PoolId ToPool(Environment& environment, const Arguments& arguments, size_t index) {
  napi_env env = environment.env;
  uint64_t numbers[2] = {0, 0};
  if (!arguments.Has(index)) return {0, 0};
  for (uint32_t i = 0; i < 2; ++i) {
    napi_value element;
    bool is_lossless = false;
    CheckStatus(env, napi_get_element(env, arguments[index], i, &element));
    CheckStatus(env, napi_get_value_bigint_uint64(env, element, &numbers[i], &is_lossless));
  }
  return {numbers[0], numbers[1]};
}

napi_value FromAddress(Environment& environment, uint64_t address) {
  napi_value result;
  CheckStatus(environment.env, napi_create_bigint_uint64(environment.env, address, &result));
  return result;
}

Graph& GraphArgument(Environment& environment, const Arguments& arguments) {
  void* graph = nullptr;
  CheckStatus(environment.env, napi_get_value_external(environment.env, arguments[0], &graph));
  return *static_cast<Graph*>(graph);
}

// newCudaGraph(keepGraph): the graph, which goes with its JS object, at a turn of the event loop:
// never within a capture.
napi_value NewCudaGraph(Environment& environment, const Arguments& arguments) {
  std::unique_ptr<Graph> graph = CudaLibrary().NewGraph(arguments.Boolean(0));
  const auto destroy = [](napi_env, void* data, void*) { delete static_cast<Graph*>(data); };
  napi_value external;
  CheckStatus(environment.env,
              napi_create_external(environment.env, graph.get(), destroy, nullptr, &external));
  graph.release();
  return external;
}

// cudaGraphCaptureBegin(graph, pool?, mode)
napi_value CaptureBegin(Environment& environment, const Arguments& arguments) {
  GraphArgument(environment, arguments)
      .CaptureBegin(ToPool(environment, arguments, 1),
                    static_cast<cuda::CaptureMode>(arguments.Int32(2)));
  return nullptr;
}

template <void (Graph::*Method)()>
napi_value Do(Environment& environment, const Arguments& arguments) {
  (GraphArgument(environment, arguments).*Method)();
  return nullptr;
}

template <uint64_t (Graph::*Method)()>
napi_value AddressOf(Environment& environment, const Arguments& arguments) {
  return FromAddress(environment, (GraphArgument(environment, arguments).*Method)());
}

napi_value Pool(Environment& environment, const Arguments& arguments) {
  return FromPool(environment, GraphArgument(environment, arguments).Pool());
}

napi_value DebugDump(Environment& environment, const Arguments& arguments) {
  GraphArgument(environment, arguments).DebugDump(arguments.String(1));
  return nullptr;
}

napi_value NewPool(Environment& environment, const Arguments&) {
  return FromPool(environment, CudaLibrary().NewPool());
}

napi_value IsCapturing(Environment&, const Arguments& arguments) {
  return arguments.Bool(CudaLibrary().IsCapturing());
}

// cudaSnapshot(pool?, includeTraces): JSON
napi_value Snapshot(Environment& environment, const Arguments& arguments) {
  return FromString(environment.env, CudaLibrary().Snapshot(ToPool(environment, arguments, 0),
                                                            arguments.Boolean(1)));
}

// cudaRecordHistory(enabled, context, maxEntries, clear, skipped actions)
napi_value RecordHistory(Environment& environment, const Arguments& arguments) {
  cuda::Library& library = CudaLibrary();
  // Before that there is no allocator for a device to tell it to.
  at::globalContext().lazyInitDevice(c10::DeviceType::CUDA);
  cuda::History history;
  history.enabled = arguments.Boolean(0);
  history.context = arguments.Int32(1);
  history.max_entries = static_cast<uint64_t>(arguments.Double(2));
  history.clear = arguments.Boolean(3);
  arguments.ForEach(4, [&](napi_value element) {
    history.skipped.push_back(ToString(environment.env, element));
  });
  library.RecordHistory(history);
  return nullptr;
}

napi_value SetMemoryFraction(Environment&, const Arguments& arguments) {
  CudaLibrary().SetMemoryFraction(arguments.Double(0), arguments.Int32(1));
  return nullptr;
}

napi_value MemoryFraction(Environment&, const Arguments& arguments) {
  return arguments.Number(CudaLibrary().MemoryFraction(arguments.Int32(0)));
}

}  // namespace

void InitCudaGraph(napi_env env, napi_value exports) {
  Define<NewCudaGraph>(env, exports, "newCudaGraph");
  Define<CaptureBegin>(env, exports, "cudaGraphCaptureBegin");
  Define<Do<&Graph::CaptureEnd>>(env, exports, "cudaGraphCaptureEnd");
  Define<Do<&Graph::Instantiate>>(env, exports, "cudaGraphInstantiate");
  Define<Do<&Graph::Replay>>(env, exports, "cudaGraphReplay");
  Define<Do<&Graph::Reset>>(env, exports, "cudaGraphReset");
  Define<Do<&Graph::EnableDebugMode>>(env, exports, "cudaGraphEnableDebugMode");
  Define<DebugDump>(env, exports, "cudaGraphDebugDump");
  Define<AddressOf<&Graph::RawGraph>>(env, exports, "cudaGraphRaw");
  Define<AddressOf<&Graph::RawGraphExec>>(env, exports, "cudaGraphRawExec");
  Define<Pool>(env, exports, "cudaGraphPool");
  Define<NewPool>(env, exports, "newCudaPool");
  Define<IsCapturing>(env, exports, "isCudaStreamCapturing");
  Define<Snapshot>(env, exports, "cudaSnapshot");
  Define<RecordHistory>(env, exports, "cudaRecordHistory");
  Define<SetMemoryFraction>(env, exports, "setCudaMemoryFraction");
  Define<MemoryFraction>(env, exports, "cudaMemoryFraction");
}

}  // namespace sconce

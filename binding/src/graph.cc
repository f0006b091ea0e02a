#include "graph.h"

#include <ATen/core/Tensor.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/variable.h>

#include "convert.h"
#include "entry.h"
#include "error.h"
#include "metadata.h"
#include "nodes.h"

namespace sconce {

namespace {

using torch::autograd::Node;

Node& NodeArgument(Environment& environment, const Arguments& arguments) {
  return environment.nodes->Get(arguments.Int32(0));
}

// gradFn(tensor): a node's JS object, or the id of a node that has none yet; undefined for a leaf.
napi_value GradFn(Environment& environment, const Arguments& arguments) {
  const auto& node = arguments.Tensor(0).grad_fn();
  return node ? environment.nodes->ToJs(node) : nullptr;
}

// gradientNode(tensor): as gradFn, and for a leaf the node that adds to its `grad`.
napi_value GradientNode(Environment& environment, const Arguments& arguments) {
  const auto edge = torch::autograd::impl::gradient_edge(arguments.Tensor(0));
  return edge.function ? environment.nodes->ToJs(edge.function) : nullptr;
}

napi_value AttachNode(Environment& environment, const Arguments& arguments) {
  environment.nodes->Attach(arguments.Int32(0), arguments[1]);
  return nullptr;
}

napi_value NodeName(Environment& environment, const Arguments& arguments) {
  return FromString(environment.env, NodeArgument(environment, arguments).name());
}

napi_value NodeSequence(Environment& environment, const Arguments& arguments) {
  return arguments.Number(static_cast<double>(NodeArgument(environment, arguments).sequence_nr()));
}

// nextEdges(node): [node or null, input number, ...]
napi_value NextEdges(Environment& environment, const Arguments& arguments) {
  napi_env env = environment.env;
  const auto& edges = NodeArgument(environment, arguments).next_edges();
  napi_value list, null;
  CheckStatus(env, napi_get_null(env, &null));
  CheckStatus(env, napi_create_array_with_length(env, 2 * edges.size(), &list));
  uint32_t index = 0;
  for (const auto& edge : edges) {
    napi_value node = edge.function ? environment.nodes->ToJs(edge.function) : null;
    CheckStatus(env, napi_set_element(env, list, index++, node));
    CheckStatus(env, napi_set_element(env, list, index++, arguments.Number(edge.input_nr)));
  }
  return list;
}

// nodeInputs(node): for each gradient that it takes [dtype, device, ...sizes], null where it takes
// none.
napi_value NodeInputs(Environment& environment, const Arguments& arguments) {
  napi_env env = environment.env;
  Node& node = NodeArgument(environment, arguments);
  napi_value list, null;
  CheckStatus(env, napi_get_null(env, &null));
  CheckStatus(env, napi_create_array_with_length(env, node.num_inputs(), &list));
  for (uint32_t i = 0; i < node.num_inputs(); ++i) {
    const auto& metadata = node.input_metadata(i);
    napi_value item = null;
    if (!metadata.was_default_constructed()) {
      std::vector<int64_t> numbers = {
          static_cast<int64_t>(c10::typeMetaToScalarType(metadata.dtype())),
          static_cast<int64_t>(DeviceCode(metadata.device()))};
      for (const auto& size : metadata.shape_as_dim_vector()) {
        numbers.push_back(size.guard_int(__FILE__, __LINE__));
      }
      item = arguments.Numbers(numbers);
    }
    CheckStatus(env, napi_set_element(env, list, i, item));
  }
  return list;
}

// nodeMetadata(node, fresh): the node's object, from now on `fresh` where it had none.
napi_value NodeMetadataObject(Environment& environment, const Arguments& arguments) {
  auto* metadata = dynamic_cast<NodeMetadata*>(NodeArgument(environment, arguments).metadata());
  TORCH_CHECK(metadata != nullptr, "this node was made before sconce was loaded");
  return metadata->Object(environment, arguments[1]);
}

napi_value BumpVersion(Environment&, const Arguments& arguments) {
  const at::Tensor& tensor = arguments.Tensor(0);
  if (!tensor.is_inference()) torch::autograd::impl::bump_version(tensor);
  return nullptr;
}

}  // namespace

void InitGraph(napi_env env, napi_value exports) {
  Define<GradFn>(env, exports, "gradFn");
  Define<GradientNode>(env, exports, "gradientNode");
  Define<AttachNode>(env, exports, "attachNode");
  Define<NodeName>(env, exports, "nodeName");
  Define<NodeSequence>(env, exports, "nodeSequence");
  Define<NextEdges>(env, exports, "nextEdges");
  Define<NodeInputs>(env, exports, "nodeInputs");
  Define<NodeMetadataObject>(env, exports, "nodeMetadata");
  Define<BumpVersion>(env, exports, "bumpVersion");
}

}  // namespace sconce

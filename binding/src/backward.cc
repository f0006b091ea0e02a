#include "backward.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/ones_like.h>
#include <torch/csrc/autograd/engine.h>
#include <torch/csrc/autograd/functions/accumulate_grad.h>
#include <torch/csrc/autograd/functions/basic_ops.h>
#include <torch/csrc/autograd/variable.h>

#include <optional>
#include <unordered_set>
#include <vector>

#include "collectable.h"
#include "entry.h"
#include "error.h"
#include "functorch.h"
#include "js-call.h"
#include "nodes.h"
#include "recorder.h"

namespace sconce {

namespace {

using torch::autograd::Edge;

// What is differentiated, or with respect to what: a tensor, or an edge of the graph.
struct Target {
  at::Tensor tensor;
  Edge edge;
};

// Targets in JS: an id of a tensor, or [id of a node, number of its output].
std::vector<Target> Targets(Environment& environment, const Arguments& arguments, size_t index) {
  napi_env env = environment.env;
  std::vector<Target> targets;
  arguments.ForEach(index, [&](napi_value element) {
    bool is_edge = false;
    CheckStatus(env, napi_is_array(env, element, &is_edge));
    if (!is_edge) {
      targets.push_back({FromId(environment, element), {}});
      return;
    }
    napi_value item;
    int32_t node = 0, number = 0;
    CheckStatus(env, napi_get_element(env, element, 0, &item));
    CheckStatus(env, napi_get_value_int32(env, item, &node));
    CheckStatus(env, napi_get_element(env, element, 1, &item));
    CheckStatus(env, napi_get_value_int32(env, item, &number));
    targets.push_back(
        {at::Tensor(), Edge(environment.nodes->Hold(node), static_cast<uint32_t>(number))});
  });
  return targets;
}

// The gradient with which a target without one is started: 1, for one element.
at::Tensor ImplicitGradient(const Target& target, const Edge& root) {
  if (target.tensor.defined()) {
    TORCH_CHECK(target.tensor.numel() == 1,
                "grad can be implicitly created only for scalar outputs");
    TORCH_CHECK(c10::isFloatingType(target.tensor.scalar_type()),
                "grad can be computed only for real scalar outputs but got ",
                target.tensor.scalar_type());
    return at::ones_like(target.tensor, at::MemoryFormat::Preserve);
  }
  const auto& metadata = root.function->input_metadata(root.input_nr);
  at::Tensor one = metadata.zeros_like();
  TORCH_CHECK(one.numel() == 1, "grad can be implicitly created only for scalar outputs");
  return one.fill_(1);
}

// Tells a recorder of the leaves that the graph leads to.
void NoteLeaves(Recorder& recorder, const torch::autograd::edge_list& roots) {
  std::vector<torch::autograd::Node*> open;
  std::unordered_set<torch::autograd::Node*> seen;
  const auto visit = [&](const torch::autograd::edge_list& edges) {
    for (const Edge& edge : edges) {
      if (edge.function && seen.insert(edge.function.get()).second) {
        open.push_back(edge.function.get());
      }
    }
  };
  visit(roots);
  while (!open.empty()) {
    torch::autograd::Node* node = open.back();
    open.pop_back();
    visit(node->next_edges());
    const auto* accumulates = dynamic_cast<torch::autograd::AccumulateGrad*>(node);
    if (accumulates != nullptr) recorder.NoteLeaf(accumulates->variable);
  }
}

// runBackward(outputs, gradients, retainGraph?, createGraph, inputs, accumulates): ids of the
// gradients of the inputs; none where they are accumulated.
napi_value RunBackward(Environment& environment, const Arguments& arguments) {
  const auto outputs = Targets(environment, arguments, 0);
  auto gradients = arguments.Tensors(1);
  const bool create_graph = arguments.Boolean(3);
  const bool keep_graph = arguments.Has(2) ? arguments.Boolean(2) : create_graph;
  const auto inputs = Targets(environment, arguments, 4);
  const bool accumulates = arguments.Boolean(5);
  TORCH_CHECK(!accumulates || !InsideTransform(),
              "backward() called inside a functorch transform. This is not supported, please use "
              "torch.func.grad or torch.func.vjp instead or call backward() outside of functorch "
              "transforms.");
  TORCH_CHECK(gradients.empty() || gradients.size() == outputs.size(), "got ", outputs.size(),
              " tensors and ", gradients.size(), " gradients");
  gradients.resize(outputs.size());
  torch::autograd::edge_list roots, ends;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const Target& output = outputs[i];
    roots.push_back(output.tensor.defined() ? torch::autograd::impl::gradient_edge(output.tensor)
                                            : output.edge);
    TORCH_CHECK(roots.back().function != nullptr, "element ", i,
                " of tensors does not require grad and does not have a grad_fn");
    if (!gradients[i].defined()) gradients[i] = ImplicitGradient(output, roots.back());
  }
  for (const Target& input : inputs) {
    if (!input.tensor.defined()) {
      ends.push_back(input.edge);
      continue;
    }
    if (accumulates) input.tensor.retain_grad();
    auto node = input.tensor.grad_fn();
    if (!node) node = torch::autograd::impl::try_get_grad_accumulator(input.tensor);
    if (node) {
      ends.emplace_back(std::move(node), static_cast<uint32_t>(input.tensor.output_nr()));
    } else {
      // No path leads to it: libtorch's mark for that.
      ends.emplace_back(MakeNode<torch::autograd::Identity>(), 0);
    }
  }
  if (Recorder* recorder = Recorder::Current(); recorder != nullptr && accumulates) {
    NoteLeaves(*recorder, roots);
  }
  // Before, and within only where a device runs short: backward holds all that it needs.
  environment.pressure.Check();
  const Collectable collectable;
  return arguments.NewTensors(torch::autograd::Engine::get_default_engine().execute(
      roots, gradients, keep_graph, create_graph, accumulates, ends));
}

}  // namespace

void InitBackward(napi_env env, napi_value exports) {
  Define<RunBackward>(env, exports, "runBackward");
}

}  // namespace sconce

#pragma once

#include <node_api.h>
#include <torch/csrc/autograd/anomaly_mode.h>

#include <memory>
#include <string>

#include "nodes.h"

namespace sconce {

struct Environment;

// What a node has beside its mathematics: an object of JS, and, where it was made under
// detectAnomaly, the JS stack of its forward call.
class NodeMetadata final : public torch::autograd::AnomalyMetadata {
 public:
  // `environment` is null on threads that have no JS.
  explicit NodeMetadata(Environment* environment) : environment_(environment) {}

  void store_stack() override;
  void print_stack(const std::string& current_node_name) override;
  void assign_parent(const NodePtr& parent_node) override { parent_ = parent_node; }

  // The JS object, `fresh` where there was none.
  napi_value Object(Environment& environment, napi_value fresh);

 private:
  Environment* environment_;
  std::string stack_;
  NodePtr parent_;
  std::shared_ptr<Retained> object_;
};

}  // namespace sconce

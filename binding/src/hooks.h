#pragma once

#include <node_api.h>

#include <memory>
#include <unordered_map>
#include <vector>

#include "retained.h"
#include "slots.h"

namespace torch::autograd {
struct Node;
}

namespace sconce {

class Nodes;

// The JS callbacks of tensor hooks. A callback that reaches its own tensor is part of a circle that
// V8 cannot see through native code. So each tensor's JS object holds its callbacks too, and native
// code lets go of them while V8 collects, where nothing but that JS object could make them run. It
// is what Python's collector does.
class Hooks {
 public:
  Hooks(napi_env env, const Slots& slots, Nodes& nodes) : env_(env), slots_(slots), nodes_(nodes) {}

  // `callback` was hooked to the tensor of `id`.
  void Add(TensorId id, const std::shared_ptr<Retained>& callback);
  // `value`, a hook or a Function's context, lives as long as `node` does. Nothing in JS holds it
  // for the tensors that hold the node: while V8 collects, `link(holder, value)` lets them.
  void AddToNode(const torch::autograd::Node* node, const std::shared_ptr<Retained>& value);
  void SetLinks(std::shared_ptr<Retained> link, std::shared_ptr<Retained> unlink);

  // Around a collection.
  void Weaken();
  void Strengthen();

 private:
  struct Entry {
    TensorId id;
    // Ids come round: whose hook it is.
    const void* tensor;
    // The tensor's grad_fn then, to compare with: after an operation in place it is another, and
    // the hook stays with the old one.
    const void* grad_fn;
    std::weak_ptr<Retained> callback;
  };

  // What lives as long as a node of the graph does.
  struct NodeEntry {
    const torch::autograd::Node* node;
    std::weak_ptr<Retained> value;
  };
  // The JS objects by which a node lives, if it lives by these alone.
  using Holders = std::unordered_map<const torch::autograd::Node*, std::vector<napi_value>>;

  bool IsFiredByHolderOnly(const Entry& entry) const;
  void WeakenNodes();
  Holders FindHolders() const;
  void Weaken(std::shared_ptr<Retained> value);
  void Call(const std::shared_ptr<Retained>& function, napi_value holder, napi_value value) const;
  void Prune();

  static constexpr size_t kPruneAt = 256;

  napi_env env_;
  const Slots& slots_;
  Nodes& nodes_;
  std::vector<Entry> entries_;
  std::vector<NodeEntry> node_entries_;
  std::shared_ptr<Retained> link_, unlink_;
  bool is_linked_ = false;
  size_t prune_at_ = kPruneAt;
  size_t prune_nodes_at_ = kPruneAt;
  std::vector<std::shared_ptr<Retained>> weakened_;
};

}  // namespace sconce

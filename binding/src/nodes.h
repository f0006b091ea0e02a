#pragma once

#include <c10/util/intrusive_ptr.h>
#include <node_api.h>
#include <torch/csrc/autograd/function.h>

#include <memory>
#include <mutex>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "retained.h"

namespace sconce {

// What libtorch holds a node by: an intrusive_ptr, a shared_ptr before.
using NodePtr = decltype(torch::autograd::Edge::function);

template <class T, class... Arguments>
NodePtr MakeNode(Arguments&&... arguments) {
  if constexpr (std::is_same_v<NodePtr, std::shared_ptr<torch::autograd::Node>>) {
    T* node = new T(std::forward<Arguments>(arguments)...);
    // By the argument's namespace: a deep graph must not be deleted recursively.
    return NodePtr(node, [](auto* dying) { deleteNode(dying); });
  } else {
    return c10::make_intrusive<T>(std::forward<Arguments>(arguments)...);
  }
}

// What JS holds of a node of the autograd graph. Never 0.
using NodeId = int32_t;

// The nodes that JS can see. A handle holds its node strongly and its JS object weakly, as slots do
// for tensors. A node that is itself JS's (a custom Function's) is listed while it lives: it holds
// its JS object, and is not held by it.
class Nodes {
 public:
  explicit Nodes(napi_env env);
  ~Nodes();

  // The JS object of `node`, or the id of a handle that waits for one (see `Attach`).
  napi_value ToJs(const NodePtr& node);
  void Attach(NodeId id, napi_value holder);

  // Lists a node that holds its own JS object.
  NodeId List(torch::autograd::Node* node, std::shared_ptr<Retained> object);
  // On any thread, when that node goes.
  void Unlist(NodeId id);

  // The nodes of custom Functions whose forward is running.
  void Begin(NodeId id, NodePtr node);
  // Null where nothing was begun.
  NodePtr End(NodeId id);

  // Throws where the node has gone.
  torch::autograd::Node& Get(NodeId id);
  NodePtr Hold(NodeId id);

  // `visit(node, JS object)` for the nodes that a handle holds.
  template <class Visit>
  void ForEach(Visit&& visit) {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, handle] : handles_) {
      if (handle.holder == nullptr) continue;
      napi_value holder = nullptr;
      napi_get_reference_value(env_, handle.holder, &holder);
      visit(handle.node, holder);
    }
  }

  // Drops the handles whose JS object was collected.
  void Sweep();
  void Clear();
  size_t live() const { return live_; }

 private:
  struct Handle {
    torch::autograd::Node* node = nullptr;
    NodePtr strong;
    napi_ref holder = nullptr;
    std::shared_ptr<Retained> object;
  };

  NodeId Add(Handle handle);

  napi_env env_;
  std::recursive_mutex mutex_;
  std::unordered_map<NodeId, Handle> handles_;
  std::unordered_map<torch::autograd::Node*, NodeId> ids_;
  std::unordered_map<NodeId, NodePtr> begun_;
  NodeId next_ = 0;
  size_t live_ = 0;
};

}  // namespace sconce

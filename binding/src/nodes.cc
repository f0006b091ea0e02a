#include "nodes.h"

#include <limits>

#include "error.h"

namespace sconce {

std::shared_ptr<Nodes> MakeNodes(napi_env env) { return std::make_shared<Nodes>(env); }

Nodes::Nodes(napi_env env) : env_(env) {}

Nodes::~Nodes() = default;

NodeId Nodes::Add(Handle handle) {
  do {
    next_ = next_ == std::numeric_limits<NodeId>::max() ? 1 : next_ + 1;
  } while (handles_.contains(next_));
  ids_[handle.node] = next_;
  handles_.emplace(next_, std::move(handle));
  return next_;
}

napi_value Nodes::ToJs(const NodePtr& node) {
  const std::lock_guard lock(mutex_);
  napi_value value = nullptr;
  const auto known = ids_.find(node.get());
  if (known != ids_.end()) {
    Handle& handle = handles_.at(known->second);
    if (handle.object != nullptr) return handle.object->Value();
    if (handle.holder != nullptr) {
      CheckStatus(env_, napi_get_reference_value(env_, handle.holder, &value));
      if (value != nullptr) return value;
      // Collected and not swept yet: the handle serves another JS object.
      napi_delete_reference(env_, handle.holder);
      handle.holder = nullptr;
    }
    CheckStatus(env_, napi_create_int32(env_, known->second, &value));
    return value;
  }
  Handle handle;
  handle.node = node.get();
  handle.strong = node;
  ++live_;
  CheckStatus(env_, napi_create_int32(env_, Add(std::move(handle)), &value));
  return value;
}

void Nodes::Attach(NodeId id, napi_value holder) {
  const std::lock_guard lock(mutex_);
  const auto found = handles_.find(id);
  if (found == handles_.end() || found->second.holder != nullptr ||
      found->second.object != nullptr) {
    throw Error(ErrorClass::kType, "ERR_STALE_ID", "this node id is not open for a holder");
  }
  CheckStatus(env_, napi_create_reference(env_, holder, 0, &found->second.holder));
}

NodeId Nodes::List(torch::autograd::Node* node, std::shared_ptr<Retained> object) {
  const std::lock_guard lock(mutex_);
  Handle handle;
  handle.node = node;
  handle.object = std::move(object);
  return Add(std::move(handle));
}

void Nodes::Unlist(NodeId id) {
  const std::lock_guard lock(mutex_);
  const auto found = handles_.find(id);
  if (found == handles_.end()) return;
  ids_.erase(found->second.node);
  handles_.erase(found);
}

void Nodes::Begin(NodeId id, NodePtr node) { begun_.emplace(id, std::move(node)); }

NodePtr Nodes::End(NodeId id) {
  const auto begun = begun_.extract(id);
  return begun.empty() ? NodePtr() : begun.mapped();
}

torch::autograd::Node& Nodes::Get(NodeId id) {
  const std::lock_guard lock(mutex_);
  const auto found = handles_.find(id);
  if (found == handles_.end()) {
    throw Error(ErrorClass::kTorch, "ERR_GRAPH_FREED",
                "this node of the autograd graph is no more, or was never recorded: what a custom "
                "Function computed, keeps its node alive, and its context alone does not");
  }
  return *found->second.node;
}

NodePtr Nodes::Hold(NodeId id) { return Get(id).getptr(); }

void Nodes::Sweep() {
  // Freeing a node can free others, and run their destructors: after the loop, and unlocked.
  std::vector<NodePtr> dying;
  const std::lock_guard lock(mutex_);
  napi_handle_scope scope;
  CheckStatus(env_, napi_open_handle_scope(env_, &scope));
  for (auto entry = handles_.begin(); entry != handles_.end();) {
    Handle& handle = entry->second;
    napi_value value = nullptr;
    if (handle.holder != nullptr) napi_get_reference_value(env_, handle.holder, &value);
    if (handle.holder == nullptr || value != nullptr) {
      ++entry;
      continue;
    }
    napi_delete_reference(env_, handle.holder);
    ids_.erase(handle.node);
    dying.push_back(std::move(handle.strong));
    entry = handles_.erase(entry);
    --live_;
  }
  napi_close_handle_scope(env_, scope);
}

void Nodes::Clear() {
  std::unordered_map<NodeId, Handle> dying;
  std::unordered_map<NodeId, NodePtr> begun;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, handle] : handles_) {
    if (handle.holder != nullptr) napi_delete_reference(env_, handle.holder);
  }
  dying.swap(handles_);
  begun.swap(begun_);
  ids_.clear();
  live_ = 0;
}

}  // namespace sconce

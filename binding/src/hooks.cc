#include "hooks.h"

#include <ATen/core/Tensor.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>

#include "error.h"
#include "js-call.h"
#include "nodes.h"

namespace sconce {

namespace {

const torch::autograd::AutogradMeta* MetaOf(const at::Tensor& tensor) {
  return torch::autograd::impl::get_autograd_meta(tensor);
}

}  // namespace

void Hooks::Add(TensorId id, const std::shared_ptr<Retained>& callback) {
  if (entries_.size() >= prune_at_) Prune();
  // A tensor that takes a hook requires a gradient: it has this.
  const at::Tensor& tensor = slots_.Get(id);
  entries_.push_back({id, tensor.unsafeGetTensorImpl(), MetaOf(tensor)->grad_fn_.get(), callback});
}

void Hooks::AddToNode(const torch::autograd::Node* node, const std::shared_ptr<Retained>& value) {
  if (node_entries_.size() >= prune_nodes_at_) Prune();
  node_entries_.push_back({node, value});
}

void Hooks::SetLinks(std::shared_ptr<Retained> link, std::shared_ptr<Retained> unlink) {
  link_ = std::move(link);
  unlink_ = std::move(unlink);
}

void Hooks::Prune() {
  std::erase_if(entries_, [](const Entry& entry) { return entry.callback.expired(); });
  std::erase_if(node_entries_, [](const NodeEntry& entry) { return entry.value.expired(); });
  prune_at_ = std::max(kPruneAt, 2 * entries_.size());
  prune_nodes_at_ = std::max(kPruneAt, 2 * node_entries_.size());
}

bool Hooks::IsFiredByHolderOnly(const Entry& entry) const {
  const at::Tensor* tensor = slots_.TryGet(entry.id);
  if (tensor == nullptr || tensor->unsafeGetTensorImpl() != entry.tensor) return false;
  if (tensor->use_count() != 1) return false;
  const auto* meta = MetaOf(*tensor);
  return meta != nullptr && meta->grad_fn_.get() == entry.grad_fn &&
         meta->grad_fn_.use_count() <= 1;
}

Hooks::Holders Hooks::FindHolders() const {
  Holders holders;
  for (const NodeEntry& entry : node_entries_) holders.try_emplace(entry.node);
  const auto add = [&](const torch::autograd::Node* node, napi_value holder) {
    const auto found = holders.find(node);
    if (found != holders.end() && holder != nullptr) found->second.push_back(holder);
  };
  slots_.ForEach([&](TensorId id, const at::Tensor& tensor) {
    const auto* meta = tensor.use_count() == 1 ? MetaOf(tensor) : nullptr;
    if (meta != nullptr && holders.contains(meta->grad_fn_.get())) {
      add(meta->grad_fn_.get(), slots_.Holder(id));
    }
  });
  nodes_.ForEach(add);
  return holders;
}

void Hooks::WeakenNodes() {
  if (node_entries_.empty() || link_ == nullptr) return;
  const JsScope scope(env_);
  const Holders holders = FindHolders();
  for (const NodeEntry& entry : node_entries_) {
    std::shared_ptr<Retained> value = entry.value.lock();
    if (value == nullptr) continue;
    const std::vector<napi_value>& own = holders.at(entry.node);
    // One more: the pointer that asks.
    const NodePtr node = const_cast<torch::autograd::Node*>(entry.node)->getptr();
    if (static_cast<size_t>(node.use_count()) != own.size() + 1) continue;
    napi_value object = value->Value();
    is_linked_ = true;
    for (napi_value holder : own) Call(link_, holder, object);
    Weaken(std::move(value));
  }
}

void Hooks::Call(const std::shared_ptr<Retained>& function, napi_value holder,
                 napi_value value) const {
  napi_value arguments[] = {holder, value};
  CheckStatus(env_,
              napi_call_function(env_, arguments[0], function->Value(), 2, arguments, nullptr));
}

void Hooks::Weaken(std::shared_ptr<Retained> value) {
  if (napi_reference_unref(env_, value->ref(), nullptr) != napi_ok) return;
  weakened_.push_back(std::move(value));
}

void Hooks::Weaken() {
  Prune();
  for (const Entry& entry : entries_) {
    std::shared_ptr<Retained> callback = entry.callback.lock();
    if (callback != nullptr && IsFiredByHolderOnly(entry)) Weaken(std::move(callback));
  }
  WeakenNodes();
}

void Hooks::Strengthen() {
  napi_handle_scope scope = nullptr;
  napi_open_handle_scope(env_, &scope);
  for (const std::shared_ptr<Retained>& callback : weakened_) {
    napi_value value = nullptr;
    napi_get_reference_value(env_, callback->ref(), &value);
    // Where it is gone, its tensor's JS object is too, and the sweep that follows frees the hook.
    if (value != nullptr) napi_reference_ref(env_, callback->ref(), nullptr);
  }
  if (is_linked_) {
    is_linked_ = false;
    napi_value receiver = nullptr;
    napi_get_undefined(env_, &receiver);
    napi_call_function(env_, receiver, unlink_->Value(), 0, nullptr, nullptr);
  }
  napi_close_handle_scope(env_, scope);
  weakened_.clear();
}

}  // namespace sconce

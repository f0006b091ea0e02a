#include "hooks.h"

#include <ATen/core/Tensor.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>

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

void Hooks::Prune() {
  std::erase_if(entries_, [](const Entry& entry) { return entry.callback.expired(); });
  prune_at_ = std::max(kPruneAt, 2 * entries_.size());
}

bool Hooks::IsFiredByHolderOnly(const Entry& entry) const {
  const at::Tensor* tensor = slots_.TryGet(entry.id);
  if (tensor == nullptr || tensor->unsafeGetTensorImpl() != entry.tensor) return false;
  if (tensor->use_count() != 1) return false;
  const auto* meta = MetaOf(*tensor);
  return meta != nullptr && meta->grad_fn_.get() == entry.grad_fn &&
         meta->grad_fn_.use_count() <= 1;
}

void Hooks::Weaken() {
  Prune();
  for (const Entry& entry : entries_) {
    std::shared_ptr<Retained> callback = entry.callback.lock();
    if (callback == nullptr || !IsFiredByHolderOnly(entry)) continue;
    if (napi_reference_unref(env_, callback->ref(), nullptr) != napi_ok) continue;
    weakened_.push_back(std::move(callback));
  }
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
  napi_close_handle_scope(env_, scope);
  weakened_.clear();
}

}  // namespace sconce

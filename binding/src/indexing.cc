#include "indexing.h"

#include <ATen/TensorIndexing.h>
#include <ATen/ops/select.h>
#include <c10/core/AutogradState.h>
#include <torch/csrc/autograd/VariableTypeUtils.h>

#include <cmath>

#include "entry.h"
#include "error.h"
#include "saved-hooks.h"

namespace sconce {

namespace {

using at::indexing::TensorIndex;

// The kinds of an item in the list that lib/indexing.ts writes: four numbers for each item.
enum class ItemKind { kInteger, kSlice, kEllipsis, kNone, kBoolean, kTensor };
constexpr size_t kItemSize = 4;

std::optional<c10::SymInt> Bound(double value) {
  if (std::isnan(value)) return std::nullopt;
  return c10::SymInt(static_cast<int64_t>(value));
}

std::vector<TensorIndex> Items(Environment& environment, const Arguments& arguments,
                               size_t position) {
  std::vector<double> numbers;
  arguments.ForEach(position, [&](napi_value element) {
    double number = 0;
    CheckStatus(environment.env, napi_get_value_double(environment.env, element, &number));
    numbers.push_back(number);
  });
  std::vector<TensorIndex> items;
  for (size_t i = 0; i + kItemSize <= numbers.size(); i += kItemSize) {
    const double* item = numbers.data() + i;
    switch (static_cast<ItemKind>(static_cast<int>(item[0]))) {
      case ItemKind::kInteger: items.emplace_back(static_cast<int64_t>(item[1])); break;
      case ItemKind::kSlice:
        items.emplace_back(at::indexing::Slice(Bound(item[1]), Bound(item[2]), Bound(item[3])));
        break;
      case ItemKind::kEllipsis: items.emplace_back(at::indexing::Ellipsis); break;
      case ItemKind::kNone: items.emplace_back(at::indexing::None); break;
      case ItemKind::kBoolean: items.emplace_back(item[1] != 0); break;
      case ItemKind::kTensor:
        items.emplace_back(environment.slots.Get(static_cast<TensorId>(item[1])));
        break;
    }
  }
  return items;
}

// Whether nothing but the CPU's kernels would see an operation on this tensor: no gradient to
// record, no mode of this thread, no lazy conjugation.
bool IsPlain(const at::Tensor& self) {
  static const c10::DispatchKeySet plain({c10::DispatchKey::CPU, c10::DispatchKey::ADInplaceOrView,
                                          c10::DispatchKey::AutogradCPU,
                                          c10::DispatchKey::AutocastCPU});
  const c10::impl::LocalDispatchKeySet local = c10::impl::tls_local_dispatch_key_set();
  return self.key_set() == plain && local.included_ == c10::default_included_set &&
         local.excluded_ == c10::default_excluded_set && !self.requires_grad() &&
         !self._fw_grad(/*level=*/0).defined() &&
         !c10::AutogradState::get_tls_state().get_view_replay_enabled();
}

// What libtorch's kernels of `select` do to a plain tensor, without their three ways through the
// dispatcher, which take longer than the view itself: Python's `x[0]` costs a view and no more.
at::Tensor SelectPlain(const at::Tensor& self, int64_t index) {
  at::Tensor view = at::detail::make_tensor<c10::TensorImpl>(
      c10::TensorImpl::VIEW, c10::Storage(self.storage()), self.key_set(), self.dtype());
  const int64_t row = index < 0 ? index + self.size(0) : index;
  view.unsafeGetTensorImpl()->set_sizes_and_strides(self.sizes().slice(1), self.strides().slice(1),
                                                    self.storage_offset() + row * self.stride(0));
  const auto meta = at::GradMode::is_enabled() ? torch::autograd::CreationMeta::DEFAULT
                                               : torch::autograd::CreationMeta::NO_GRAD_MODE;
  return torch::autograd::as_view(self, view, /*is_bw_differentiable=*/true,
                                  /*is_fw_differentiable=*/true, nullptr, nullptr, meta);
}

// select(id, index, holder): x[index], the commonest of indices, without the operator call's care.
napi_value Select(Environment& environment, const Arguments& arguments) {
  const at::Tensor self = arguments.Tensor(0);
  const int64_t index = arguments.Int32(1);
  if (self.dim() == 0) {
    throw Error(ErrorClass::kIndex, "ERR_INDEX",
                "a 0-d tensor takes no index; x.item() reads its element");
  }
  if (index < -self.size(0) || index >= self.size(0)) {
    throw Error(ErrorClass::kIndex, "ERR_INDEX",
                "index " + std::to_string(index) + " is out of bounds for dimension 0 with size " +
                    std::to_string(self.size(0)));
  }
  environment.pressure.Check();
  return arguments.NewTensor(IsPlain(self) ? SelectPlain(self, index) : at::select(self, 0, index),
                             2);
}

// getItem(id, items, holder): number
napi_value GetItem(Environment& environment, const Arguments& arguments) {
  const at::Tensor self = arguments.Tensor(0);
  const std::vector<TensorIndex> items = Items(environment, arguments, 1);
  environment.pressure.Check();
  return arguments.NewTensor(at::indexing::get_item(self, items), 2);
}

// setItem(id, items, value id)
napi_value SetItem(Environment& environment, const Arguments& arguments) {
  const at::Tensor self = arguments.Tensor(0);
  const at::Tensor value = arguments.Tensor(2);
  const std::vector<TensorIndex> items = Items(environment, arguments, 1);
  environment.pressure.Check();
  if (WatchesMutation(environment)) BeforeMutation(environment, {self});
  at::indexing::set_item(self, items, value);
  return nullptr;
}

}  // namespace

void InitIndexing(napi_env env, napi_value exports) {
  Define<Select>(env, exports, "select");
  Define<GetItem>(env, exports, "getItem");
  Define<SetItem>(env, exports, "setItem");
}

}  // namespace sconce

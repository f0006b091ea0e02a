#include "slots.h"

#include <algorithm>
#include <iomanip>
#include <map>
#include <sstream>
#include <unordered_set>

#include "error.h"

namespace sconce {

// Slot 0 stays empty, so that no live tensor has the id 0.
Slots::Slots(napi_env env) : env_(env), slots_(1) {}

Slots::~Slots() = default;

TensorId Slots::Add(at::Tensor tensor, napi_value holder) {
  int32_t index;
  if (free_.empty()) {
    if (slots_.size() > static_cast<size_t>(kIndexMask)) {
      throw Error(ErrorClass::kOutOfMemory, "ERR_TOO_MANY_TENSORS",
                  "more than 16,777,215 tensors are alive at once; release some, with dispose() or "
                  "torch.tidy(), or hold them stacked in fewer tensors");
    }
    index = static_cast<int32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
  }
  Slot& slot = slots_[index];
  // Memory that no other tensor shares is new, but for what autograd keeps of it. Counting too much
  // does no harm: the allocator's books are asked before anything is done about it.
  if (tensor.is_cuda() && tensor.has_storage() && tensor.storage().use_count() <= 2) {
    gpu_bytes_ += static_cast<int64_t>(tensor.storage().nbytes());
  }
  slot.tensor = std::move(tensor);
  slot.live = true;
  ++live_;
  const TensorId id = index | (slot.generation << kIndexBits);
  if (holder != nullptr) Attach(id, holder);
  young_.push_back(id);
  if (!scopes_.empty()) scopes_.back().push_back(id);
  return id;
}

void Slots::Attach(TensorId id, napi_value holder) {
  Slot* slot = const_cast<Slot*>(Find(id));
  if (slot == nullptr || slot->holder != nullptr) {
    throw Error(ErrorClass::kType, "ERR_STALE_ID", "this tensor id is not open for a holder");
  }
  CheckStatus(env_, napi_create_reference(env_, holder, 0, &slot->holder));
}

const Slots::Slot* Slots::Find(TensorId id) const {
  const int32_t index = id & kIndexMask;
  if (id <= 0 || static_cast<size_t>(index) >= slots_.size()) return nullptr;
  const Slot& slot = slots_[index];
  return slot.live && slot.generation == (id >> kIndexBits) ? &slot : nullptr;
}

const at::Tensor& Slots::Get(TensorId id) const {
  const Slot* slot = Find(id);
  if (id == kUninitialized) {
    throw Error(ErrorClass::kValue, "ERR_UNINITIALIZED",
                "an uninitialized parameter or buffer has no elements and no shape yet; call the "
                "lazy module that it belongs to with a batch, or materialize() it, first");
  }
  if (slot == nullptr) {
    throw Error(ErrorClass::kTorch, "ERR_DISPOSED",
                "this tensor has been disposed of: it was released by dispose(), by leaving a "
                "`using` block or by torch.tidy(); keep it alive for as long as it is used");
  }
  return slot->tensor;
}

const at::Tensor* Slots::TryGet(TensorId id) const {
  const Slot* slot = Find(id);
  return slot == nullptr ? nullptr : &slot->tensor;
}

bool Slots::Holds(TensorId id, const at::Tensor& tensor) const {
  const Slot* slot = Find(id);
  return slot != nullptr && slot->tensor.is_same(tensor);
}

napi_value Slots::Holder(TensorId id) const {
  const Slot* slot = Find(id);
  napi_value value = nullptr;
  if (slot != nullptr && slot->holder != nullptr) {
    napi_get_reference_value(env_, slot->holder, &value);
  }
  return value;
}

void Slots::Release(TensorId id) {
  Slot* slot = const_cast<Slot*>(Find(id));
  if (slot != nullptr) Free(*slot, id & kIndexMask);
}

void Slots::BeginScope() { scopes_.emplace_back(); }

std::vector<TensorId> Slots::EndScope(const std::vector<TensorId>& kept) {
  if (scopes_.empty()) return {};
  std::vector<TensorId> ids = std::move(scopes_.back());
  scopes_.pop_back();
  const std::unordered_set<TensorId> keep(kept.begin(), kept.end());
  std::erase_if(ids, [&](TensorId id) {
    if (!keep.contains(id)) return false;
    if (!scopes_.empty()) scopes_.back().push_back(id);
    return true;
  });
  return ids;
}

void Slots::Keep(TensorId id) {
  for (std::vector<TensorId>& scope : scopes_) std::erase(scope, id);
}

void Slots::Free(Slot& slot, int32_t index) {
  if (slot.holder != nullptr) napi_delete_reference(env_, slot.holder);
  slot.holder = nullptr;
  slot.live = false;
  slot.generation = (slot.generation + 1) % kGenerations;
  --live_;
  free_.push_back(index);
  // Last, and by value: freeing a graph can run code that reaches these slots again.
  at::Tensor dying = std::move(slot.tensor);
}

bool Slots::IsCollected(const Slot& slot) const {
  if (slot.holder == nullptr) return false;
  napi_value value = nullptr;
  napi_get_reference_value(env_, slot.holder, &value);
  return value == nullptr;
}

void Slots::Sweep(std::vector<TensorId>& from, std::vector<TensorId>& survivors) {
  // A scope for each batch: asking a reference for its value makes a handle.
  constexpr size_t kBatch = 4096;
  std::vector<TensorId> ids;
  ids.swap(from);
  for (size_t start = 0; start < ids.size(); start += kBatch) {
    napi_handle_scope scope;
    CheckStatus(env_, napi_open_handle_scope(env_, &scope));
    const size_t end = std::min(start + kBatch, ids.size());
    for (size_t i = start; i < end; ++i) {
      Slot* slot = const_cast<Slot*>(Find(ids[i]));
      if (slot == nullptr) continue;
      if (IsCollected(*slot)) {
        Free(*slot, ids[i] & kIndexMask);
      } else {
        survivors.push_back(ids[i]);
      }
    }
    napi_close_handle_scope(env_, scope);
  }
  // Keep the larger buffer: these lists refill at once.
  ids.clear();
  if (from.empty()) from.swap(ids);
}

void Slots::SweepYoung() {
  Sweep(middle_, old_);
  Sweep(young_, middle_);
}

void Slots::SweepAll() {
  std::vector<TensorId> survivors;
  Sweep(old_, survivors);
  old_.swap(survivors);
  SweepYoung();
}

std::string Slots::Describe() const {
  struct Piece {
    int64_t bytes;
    const at::Tensor* tensor;
  };
  std::map<c10::DeviceType, int64_t> sums;
  std::vector<Piece> pieces;
  std::unordered_set<const void*> seen;
  ForEach([&](TensorId, const at::Tensor& tensor) {
    if (!tensor.defined() || !tensor.has_storage()) return;
    if (!seen.insert(tensor.storage().unsafeGetStorageImpl()).second) return;
    const auto bytes = static_cast<int64_t>(tensor.storage().nbytes());
    sums[tensor.device().type()] += bytes;
    pieces.push_back({bytes, &tensor});
  });
  std::ostringstream text;
  const auto amount = [&](int64_t bytes) {
    text << std::fixed << std::setprecision(1) << static_cast<double>(bytes) / (1 << 20) << " MiB";
  };
  text << "JavaScript holds " << live_ << " tensors:";
  for (const auto& [type, bytes] : sums) {
    text << ' ';
    amount(bytes);
    text << " on " << c10::DeviceTypeName(type, /*lower_case=*/true) << ',';
  }
  const auto shown = std::min<size_t>(pieces.size(), 3);
  std::partial_sort(pieces.begin(), pieces.begin() + static_cast<ptrdiff_t>(shown), pieces.end(),
                    [](const Piece& a, const Piece& b) { return a.bytes > b.bytes; });
  text << " the largest of";
  for (size_t i = 0; i < shown; ++i) {
    text << (i == 0 ? " " : ", ");
    amount(pieces[i].bytes);
    text << " (" << pieces[i].tensor->toString() << ' ' << pieces[i].tensor->sizes() << ')';
  }
  return text.str();
}

void Slots::Clear() {
  for (Slot& slot : slots_) {
    if (slot.holder != nullptr) napi_delete_reference(env_, slot.holder);
    slot.tensor.reset();
  }
  slots_.clear();
  slots_.resize(1);
  free_.clear();
  live_ = 0;
}

}  // namespace sconce

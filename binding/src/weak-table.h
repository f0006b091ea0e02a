#pragma once

#include <node_api.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace sconce {

// Of error.h, which includes this file by way of environment.h.
void CheckStatus(napi_env env, napi_status status);

// What JS holds by number and with a weak reference, as it does tensors: generators, events. There
// are few of them, so they are looked through only when their count has doubled.
template <class Value>
class WeakTable {
 public:
  int32_t Add(napi_env env, Value value, napi_value holder) {
    if (free_.empty() && entries_.size() >= sweep_at_) Sweep(env);
    if (free_.empty()) {
      free_.push_back(static_cast<int32_t>(entries_.size()));
      entries_.emplace_back();
    }
    const int32_t index = free_.back();
    Entry& entry = entries_[static_cast<size_t>(index)];
    CheckStatus(env, napi_create_reference(env, holder, 0, &entry.holder));
    entry.value = std::move(value);
    free_.pop_back();
    return index + 1;
  }

  // Null where there is none of that number.
  const Value* Find(int32_t id) const {
    if (id <= 0 || static_cast<size_t>(id) > entries_.size()) return nullptr;
    const Entry& entry = entries_[static_cast<size_t>(id) - 1];
    return entry.holder == nullptr ? nullptr : &entry.value;
  }

  void Clear(napi_env env) {
    for (const Entry& entry : entries_) {
      if (entry.holder != nullptr) napi_delete_reference(env, entry.holder);
    }
    entries_.clear();
    free_.clear();
  }

 private:
  struct Entry {
    Value value;
    napi_ref holder = nullptr;
  };

  void Sweep(napi_env env) {
    for (size_t i = 0; i < entries_.size(); ++i) {
      Entry& entry = entries_[i];
      napi_value holder = nullptr;
      napi_get_reference_value(env, entry.holder, &holder);
      if (holder != nullptr) continue;
      napi_delete_reference(env, entry.holder);
      entry = Entry();
      free_.push_back(static_cast<int32_t>(i));
    }
    sweep_at_ = std::max<size_t>(kFewest, 2 * (entries_.size() - free_.size()));
  }

  static constexpr size_t kFewest = 64;

  std::vector<Entry> entries_;
  std::vector<int32_t> free_;
  size_t sweep_at_ = kFewest;
};

}  // namespace sconce

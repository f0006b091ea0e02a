#pragma once

#include <node_api.h>

#include <memory>
#include <vector>

#include "retained.h"
#include "slots.h"

namespace sconce {

// The JS callbacks of tensor hooks. A callback that reaches its own tensor is part of a circle that
// V8 cannot see through native code. So each tensor's JS object holds its callbacks too, and native
// code lets go of them while V8 collects, where nothing but that JS object could make them run. It
// is what Python's collector does.
class Hooks {
 public:
  Hooks(napi_env env, const Slots& slots) : env_(env), slots_(slots) {}

  // `callback` was hooked to the tensor of `id`.
  void Add(TensorId id, const std::shared_ptr<Retained>& callback);

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

  bool IsFiredByHolderOnly(const Entry& entry) const;
  void Prune();

  static constexpr size_t kPruneAt = 256;

  napi_env env_;
  const Slots& slots_;
  std::vector<Entry> entries_;
  size_t prune_at_ = kPruneAt;
  std::vector<std::shared_ptr<Retained>> weakened_;
};

}  // namespace sconce

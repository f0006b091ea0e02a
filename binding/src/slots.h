#pragma once

#include <ATen/core/Tensor.h>
#include <node_api.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sconce {

// What JS holds of a tensor: a slot's index and, above it, the slot's generation. Never 0.
using TensorId = int32_t;
// The id of an uninitialized parameter or buffer; lib/nn/uninitialized.ts.
constexpr TensorId kUninitialized = -2;

// The tensors that JS can see. A slot holds a tensor strongly and its JS object weakly; a sweep
// frees the slots whose object the collector has taken. There are no finalizers: those wait for
// the event loop, and a training loop never returns to it.
class Slots {
 public:
  explicit Slots(napi_env env);
  ~Slots();
  Slots(const Slots&) = delete;
  Slots& operator=(const Slots&) = delete;

  // Stores `tensor` for the JS object `holder`, which may be null until `Attach`.
  TensorId Add(at::Tensor tensor, napi_value holder);
  void Attach(TensorId id, napi_value holder);

  // The tensor of `id`; throws where it has been disposed of, or is uninitialized.
  const at::Tensor& Get(TensorId id) const;
  // As `Get`, but null where it has been disposed of.
  const at::Tensor* TryGet(TensorId id) const;

  // Whether `id` is live and holds this very tensor.
  bool Holds(TensorId id, const at::Tensor& tensor) const;

  // The JS object of `id`, or null where the collector has taken it.
  napi_value Holder(TensorId id) const;

  // Frees a slot at once; an id that is not live is ignored.
  void Release(TensorId id);

  // What is added from here on belongs to a scope. Its end hands `kept` to the scope around it, and
  // returns the others, which the caller releases.
  void BeginScope();
  std::vector<TensorId> EndScope(const std::vector<TensorId>& kept);
  // Takes a tensor out of every scope.
  void Keep(TensorId id);

  // Frees what the collector has taken: among those added since the last two minor sweeps, or
  // among all.
  void SweepYoung();
  void SweepAll();

  // The env is going: its references go with it, the tensors are freed here.
  void Clear();

  // `visit(id, tensor)` for all.
  template <class Visit>
  void ForEach(Visit&& visit) const {
    for (size_t i = 1; i < slots_.size(); ++i) {
      const Slot& slot = slots_[i];
      const auto index = static_cast<int32_t>(i);
      if (slot.live) visit(index | (slot.generation << kIndexBits), slot.tensor);
    }
  }

  size_t live() const { return live_; }
  // Bytes of GPUs that tensors have brought since the last call.
  int64_t TakeGpuBytes() { return std::exchange(gpu_bytes_, 0); }
  int64_t gpu_bytes() const { return gpu_bytes_; }

  // How many tensors JS holds, how much memory on each type of device, and the largest: for errors.
  std::string Describe() const;

 private:
  struct Slot {
    at::Tensor tensor;
    napi_ref holder = nullptr;
    int32_t generation = 0;
    bool live = false;
  };

  static constexpr int kIndexBits = 24;
  static constexpr int32_t kIndexMask = (1 << kIndexBits) - 1;
  static constexpr int32_t kGenerations = 1 << 7;

  const Slot* Find(TensorId id) const;
  void Free(Slot& slot, int32_t index);
  bool IsCollected(const Slot& slot) const;
  void Sweep(std::vector<TensorId>& from, std::vector<TensorId>& survivors);

  napi_env env_;
  std::vector<Slot> slots_;
  std::vector<int32_t> free_;
  // Slots age through three lists, so that a minor collection looks at the young ones only.
  std::vector<TensorId> young_, middle_, old_;
  std::vector<std::vector<TensorId>> scopes_;
  size_t live_ = 0;
  int64_t gpu_bytes_ = 0;
};

}  // namespace sconce

#pragma once

#include <node_api.h>

#include <string>
#include <vector>

#include "error.h"

namespace sconce {

// The arguments of a native function that lib/ calls: internal, so their kinds are not hinted at.
class Arguments {
 public:
  static constexpr size_t kMax = 8;

  Arguments(napi_env env, napi_callback_info info);

  Environment& environment() const { return *environment_; }
  size_t count() const { return count_; }
  napi_value operator[](size_t index) const { return values_[index]; }
  bool Has(size_t index) const;

  int32_t Int32(size_t index) const;
  double Double(size_t index) const;
  bool Boolean(size_t index) const;
  std::string String(size_t index) const;
  // The tensor of the id in argument `index`.
  const at::Tensor& Tensor(size_t index) const;
  // The tensors of an array of ids; an id of 0 is an undefined tensor.
  std::vector<at::Tensor> Tensors(size_t index) const;
  // The memory of a TypedArray, and its length in elements.
  void* TypedArray(size_t index, size_t& length) const;

  template <class Visit>
  void ForEach(size_t index, Visit&& visit) const {
    uint32_t length = 0;
    CheckStatus(env_, napi_get_array_length(env_, values_[index], &length));
    for (uint32_t i = 0; i < length; ++i) {
      napi_value element;
      CheckStatus(env_, napi_get_element(env_, values_[index], i, &element));
      visit(element);
    }
  }

  napi_value Number(double value) const;
  napi_value Bool(bool value) const;
  napi_value Numbers(c10::ArrayRef<int64_t> values) const;
  napi_value Strings(const std::vector<std::string>& values) const;
  // A new slot for `tensor`; its holder is argument `holder`, and the result its id.
  napi_value NewTensor(at::Tensor tensor, size_t holder) const;
  // Slots without holders yet, as an array of ids (0 where a tensor is undefined).
  napi_value NewTensors(const std::vector<at::Tensor>& tensors) const;

 private:
  napi_env env_;
  Environment* environment_ = nullptr;
  size_t count_ = kMax;
  napi_value values_[kMax];
};

void DefineRaw(napi_env env, napi_value exports, const char* name, napi_callback callback);

template <napi_value (*Function)(Environment&, const Arguments&)>
napi_value Entry(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  return Guard(arguments.environment(),
               [&] { return Function(arguments.environment(), arguments); });
}

template <napi_value (*Function)(Environment&, const Arguments&)>
void Define(napi_env env, napi_value exports, const char* name) {
  DefineRaw(env, exports, name, Entry<Function>);
}

}  // namespace sconce

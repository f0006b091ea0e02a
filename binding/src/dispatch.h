#pragma once

#include <ATen/core/stack.h>
#include <node_api.h>

#include <memory>
#include <optional>
#include <vector>

#include "signature.h"

namespace sconce {

// The operators that one JS thread has used, and the memory through which calls arrive.
struct OperatorTable {
  // The layout of the scratch memory that JS writes a call into; lib/dispatch.ts has its twin.
  static constexpr size_t kOperator = 0;  // on return: the id of the one resulting tensor
  static constexpr size_t kPositional = 1;
  static constexpr size_t kCount = 2;
  static constexpr size_t kValues = 8;
  static constexpr size_t kNames = 64;
  static constexpr size_t kLists = 128;

  std::vector<std::unique_ptr<Operator>> operators;
  double* scratch = nullptr;
  size_t scratch_length = 0;
  uint8_t* kinds = nullptr;
  // Taken for the time of a call, so that its memory is reused and calls may nest.
  torch::jit::Stack stack;
  // Where factories make their tensors, where it is not libtorch's own choice.
  std::optional<c10::Device> default_device;
};

void InitDispatch(napi_env env, napi_value exports);

}  // namespace sconce

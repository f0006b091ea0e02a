#pragma once

#include <memory>
#include <vector>

#include "retained.h"

namespace sconce {

// A pair of JS functions, `pack(tensor id): any` and `unpack(any): tensor id`.
struct SavedTensorHooks {
  std::shared_ptr<Retained> pack, unpack;
};

// What autograd on one JS thread calls JS for.
struct AutogradState {
  // What runs the backward and the jvp of custom Functions.
  std::shared_ptr<Retained> run_backward, run_jvp;
  // What tells where JS is.
  std::shared_ptr<Retained> capture_stack;
  // What is told of tensors before they are changed in place; null where nothing is.
  std::shared_ptr<Retained> before_mutation;
  // The innermost hooks for saved tensors are the last.
  std::vector<SavedTensorHooks> saved_tensor_hooks;
};

}  // namespace sconce

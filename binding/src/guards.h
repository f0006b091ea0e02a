#pragma once

#include <ATen/core/stack.h>

#include <string>

namespace sconce {

// Throws where libtorch would not check its arguments and would take the process down.
using CallGuard = void (*)(const torch::jit::Stack& stack);

// The check that a registered operator needs before its call, or null: nearly all need none.
CallGuard GuardOf(const std::string& operator_name);

}  // namespace sconce

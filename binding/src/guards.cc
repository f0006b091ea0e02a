#include "guards.h"

#include <ATen/core/Tensor.h>
#include <c10/core/ScalarType.h>

#include <cmath>
#include <string_view>

#include "error.h"

namespace sconce {

namespace {

// libtorch takes the memory of a tensor for a packed matrix of a library, and asks nothing.
void RefusePacked(const torch::jit::Stack&) {
  throw Error(ErrorClass::kNotImplemented, "ERR_UNCHECKED",
              "this operator of libtorch reads packed weights without a check and crashes on any "
              "other tensor; use torch.quantizePerTensor with nn.functional's operators instead");
}

// lstm(input, hx, params, has_biases, num_layers, ...) and its kin walk through `params` by counts.
void CheckRecurrent(const torch::jit::Stack& stack, size_t params, size_t bidirectional) {
  const size_t given = stack[params].toListRef().size();
  const int64_t layers = stack[params + 2].toInt();
  const int64_t each = stack[params + 1].toBool() ? 4 : 2;
  const int64_t directions = stack[bidirectional].toBool() ? 2 : 1;
  // One more of each where an LSTM has projections.
  const auto fits = [&](int64_t count) {
    return layers > 0 && layers <= static_cast<int64_t>(given) &&
           static_cast<int64_t>(given) == layers * directions * count;
  };
  if (fits(each) || fits(each + 1)) return;
  throw Error(ErrorClass::kValue, "ERR_ARGUMENT",
              "expected " + std::to_string(each) + " parameters for each of " +
                  std::to_string(layers) + " layers and " + std::to_string(directions) +
                  " directions, got " + std::to_string(given));
}

// (input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)
void CheckRecurrentInput(const torch::jit::Stack& stack) { CheckRecurrent(stack, 2, 7); }
// (data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional)
void CheckRecurrentData(const torch::jit::Stack& stack) { CheckRecurrent(stack, 3, 8); }

// range.out(start, end, step, out): an integral result divides by the step's integral part.
void CheckRange(const torch::jit::Stack& stack) {
  const at::Tensor& out = stack.back().toTensor();
  const double step = stack[2].toScalar().toDouble();
  if (!c10::isIntegralType(out.scalar_type(), /*includeBool=*/true) || std::trunc(step) != 0)
    return;
  throw Error(ErrorClass::kValue, "ERR_ARGUMENT",
              "range(): a step of " + std::to_string(step) +
                  " is 0 among the integers that `out` holds; give a step of at least 1, or an "
                  "`out` of a floating-point dtype");
}

struct Entry {
  std::string_view start;
  CallGuard guard;
};

constexpr Entry kGuards[] = {
    {"aten::quantized_lstm_cell", RefusePacked},
    {"aten::quantized_gru_cell", RefusePacked},
    {"aten::quantized_rnn_relu_cell", RefusePacked},
    {"aten::quantized_rnn_tanh_cell", RefusePacked},
    {"aten::fbgemm_", RefusePacked},
    {"aten::lstm.input", CheckRecurrentInput},
    {"aten::gru.input", CheckRecurrentInput},
    {"aten::rnn_tanh.input", CheckRecurrentInput},
    {"aten::rnn_relu.input", CheckRecurrentInput},
    {"aten::lstm.data", CheckRecurrentData},
    {"aten::gru.data", CheckRecurrentData},
    {"aten::rnn_tanh.data", CheckRecurrentData},
    {"aten::rnn_relu.data", CheckRecurrentData},
    {"aten::range.out", CheckRange},
};

}  // namespace

CallGuard GuardOf(const std::string& operator_name) {
  for (const Entry& entry : kGuards) {
    if (operator_name.starts_with(entry.start)) return entry.guard;
  }
  return nullptr;
}

}  // namespace sconce

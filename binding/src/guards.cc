#include "guards.h"

#include <ATen/core/Tensor.h>
#include <c10/core/ScalarType.h>

#include <algorithm>
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

// A step of torch.lstm() that believes what it is told of its arguments' sizes.
void RefuseStep(const torch::jit::Stack&) {
  throw Error(
      ErrorClass::kNotImplemented, "ERR_UNCHECKED",
      "this operator of libtorch is a step of torch.lstm(), does not check its arguments and "
      "crashes on wrong ones; use torch.lstm or nn.LSTM instead");
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

// An integral result of range() divides by the step's integral part.
void CheckRangeStep(const at::Scalar& given, c10::ScalarType dtype) {
  const double step = given.toDouble();
  if (!c10::isIntegralType(dtype, /*includeBool=*/true) || std::trunc(step) != 0) return;
  throw Error(ErrorClass::kValue, "ERR_ARGUMENT",
              "range(): a step of " + std::to_string(step) +
                  " is 0 among the integers of the result; give a step of at least 1, or a "
                  "floating-point dtype");
}

// range.out(start, end, step, out)
void CheckRangeOut(const torch::jit::Stack& stack) {
  CheckRangeStep(stack[2].toScalar(), stack.back().toTensor().scalar_type());
}

// range.step(start, end, step, dtype?, ...)
void CheckRange(const torch::jit::Stack& stack) {
  if (!stack[3].isNone()) CheckRangeStep(stack[2].toScalar(), stack[3].toScalarType());
}

// choose_qparams_optimized(input, numel, n_bins, ratio, bit_width) narrows a range by steps until
// it is narrow enough: by steps of the wrong sign, or too small for a float, it goes on for ever.
void CheckChooseQparams(const torch::jit::Stack& stack) {
  const at::Tensor& input = stack[0].toTensor();
  const int64_t count = stack[1].toInt();
  const int64_t bins = stack[2].toInt();
  const double ratio = stack[3].toDouble();
  if (count < 1 || count > input.numel() || bins < 1 || !(ratio >= 0 && ratio <= 1) ||
      !input.is_non_overlapping_and_dense()) {
    throw Error(
        ErrorClass::kValue, "ERR_ARGUMENT",
        "choose_qparams_optimized(): expected a dense input, `numel` from 1 to its number of "
        "elements, `n_bins` of at least 1 and `ratio` from 0 to 1");
  }
  if (input.scalar_type() != c10::kFloat || !input.device().is_cpu()) return;
  const auto* values = input.const_data_ptr<float>();
  const auto [least, most] = std::minmax_element(values, values + count);
  const float step = (*most - *least) / static_cast<float>(bins);
  if (!(*least < *most) || (*least + step > *least && *most - step < *most)) return;
  throw Error(ErrorClass::kValue, "ERR_ARGUMENT",
              "choose_qparams_optimized(): " + std::to_string(bins) +
                  " bins between the least and the largest element are too small for a float");
}

void CheckChannels(const char* name, const at::Tensor& input, c10::ArrayRef<c10::IValue> given) {
  for (const c10::IValue& value : given) {
    if (value.isNone() || (value.isTensor() && !value.toTensor().defined())) continue;
    const at::Tensor& tensor = value.toTensor();
    if (input.dim() >= 2 && tensor.dim() == 1 && tensor.sym_size(0) == input.sym_size(1)) continue;
    throw Error(ErrorClass::kValue, "ERR_ARGUMENT",
                std::string(name) +
                    "(): expected an input of at least 2 dimensions, and weight, bias and "
                    "statistics of one dimension, with an element for each of its channels");
  }
}

void RequireStatistics(const char* name, const char* what, const c10::IValue& mean,
                       const c10::IValue& deviation) {
  if (mean.isTensor() && mean.toTensor().defined() && deviation.isTensor() &&
      deviation.toTensor().defined()) {
    return;
  }
  throw Error(ErrorClass::kValue, "ERR_ARGUMENT",
              std::string(name) + "(): expected " + what + " to be tensors, got null");
}

// native_batch_norm(input, weight?, bias?, running_mean?, running_var?, training, ...)
void CheckBatchNorm(const torch::jit::Stack& stack) {
  constexpr const char* kName = "native_batch_norm";
  CheckChannels(kName, stack[0].toTensor(), c10::ArrayRef<c10::IValue>(stack).slice(1, 4));
  if (stack[5].toBool()) return;
  RequireStatistics(kName, "runningMean and runningVar, without training,", stack[3], stack[4]);
}

// native_batch_norm_backward(grad_out, input, weight?, running_mean?, running_var?, save_mean?,
// save_invstd?, train, ...)
void CheckBatchNormBackward(const torch::jit::Stack& stack) {
  constexpr const char* kName = "native_batch_norm_backward";
  const at::Tensor& input = stack[1].toTensor();
  CheckChannels(kName, input, c10::ArrayRef<c10::IValue>(stack).slice(2, 3));
  if (!stack[7].toBool()) {
    RequireStatistics(kName, "runningMean and runningVar, without training,", stack[3], stack[4]);
    return;
  }
  CheckChannels(kName, input, c10::ArrayRef<c10::IValue>(stack).slice(5, 2));
  RequireStatistics(kName, "saveMean and saveInvstd, in training,", stack[5], stack[6]);
}

void CheckGroups(const torch::jit::Stack& stack, size_t group) {
  if (stack[group].toInt() >= 1) return;
  throw Error(ErrorClass::kValue, "ERR_ARGUMENT",
              "native_group_norm(): expected at least 1 group, got " +
                  std::to_string(stack[group].toInt()));
}

// native_group_norm(input, weight?, bias?, N, C, HxW, group, ...)
void CheckGroupNorm(const torch::jit::Stack& stack) { CheckGroups(stack, 6); }
// native_group_norm_backward(grad_out, input, mean, rstd, weight?, N, C, HxW, group, ...)
void CheckGroupNormBackward(const torch::jit::Stack& stack) { CheckGroups(stack, 8); }

// fused_moving_avg_obs_fake_quant(self, observer_on, fake_quant_on, running_min, running_max,
// scale, zero_point, averaging_const, quant_min, quant_max, ch_axis, per_row_fake_quant, ...)
// writes to the four in the middle, by channels or one element; empty ones it resizes by channels.
void CheckObserver(const torch::jit::Stack& stack) {
  const at::Tensor& self = stack[0].toTensor();
  const int64_t axis = stack[10].toInt();
  const bool by_channel = stack[11].toBool();
  if (by_channel && (axis < 0 || axis >= self.dim())) {
    throw Error(ErrorClass::kIndex, "ERR_INDEX",
                "fused_moving_avg_obs_fake_quant(): expected `chAxis` from 0 to " +
                    std::to_string(self.dim() - 1) + ", got " + std::to_string(axis));
  }
  const int64_t count = by_channel ? self.size(axis) : 1;
  if (by_channel && stack[3].toTensor().numel() == 0) return;
  for (size_t i = 3; i < 7; ++i) {
    if (stack[i].toTensor().numel() >= count) continue;
    throw Error(ErrorClass::kValue, "ERR_ARGUMENT",
                "fused_moving_avg_obs_fake_quant(): expected runningMin, runningMax, scale and "
                "zeroPoint to have " +
                    std::to_string(count) + (count == 1 ? " element" : " elements"));
  }
}

// view.dtype(self, dtype): the bytes of a quantized tensor are no tensor without their scale.
void CheckViewDtype(const torch::jit::Stack& stack) {
  const c10::ScalarType from = stack[0].toTensor().scalar_type();
  const c10::ScalarType to = stack[1].toScalarType();
  if (from == to || (!c10::isQIntType(from) && !c10::isQIntType(to))) return;
  throw Error(ErrorClass::kType, "ERR_TYPE",
              std::string("view(): ") + c10::toString(from) + " cannot be viewed as " +
                  c10::toString(to) +
                  "; x.intRepr() and x.dequantize() give the values of a quantized tensor");
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
    {"aten::range.out", CheckRangeOut},
    {"aten::range.step", CheckRange},
    {"aten::native_batch_norm_backward", CheckBatchNormBackward},
    {"aten::native_batch_norm", CheckBatchNorm},
    {"aten::native_group_norm_backward", CheckGroupNormBackward},
    {"aten::native_group_norm", CheckGroupNorm},
    {"aten::fused_moving_avg_obs_fake_quant", CheckObserver},
    {"aten::_fused_moving_avg_obs_fq_helper", CheckObserver},
    {"aten::mkldnn_rnn_layer", RefuseStep},
    {"aten::view.dtype", CheckViewDtype},
    {"aten::choose_qparams_optimized", CheckChooseQparams},
};

}  // namespace

CallGuard GuardOf(const std::string& operator_name) {
  for (const Entry& entry : kGuards) {
    if (operator_name.starts_with(entry.start)) return entry.guard;
  }
  return nullptr;
}

}  // namespace sconce

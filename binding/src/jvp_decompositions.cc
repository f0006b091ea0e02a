#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/log1p.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/var_mean.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/jit_decomp_interface.h>

#include <mutex>
#include <string>
#include <unordered_map>

#include "decompositions.h"

namespace sconce {

namespace {

using at::Tensor;
using torch::jit::Stack;

// The arguments of one call, and where its results go.
class Frame {
 public:
  Frame(Stack& stack, size_t count) : stack_(stack), start_(stack.size() - count) {}

  Tensor TensorAt(size_t index) const { return stack_[start_ + index].toTensor(); }
  std::optional<Tensor> Optional(size_t index) const {
    return stack_[start_ + index].toOptional<Tensor>();
  }
  int64_t Int(size_t index) const { return stack_[start_ + index].toInt(); }
  double Double(size_t index) const { return stack_[start_ + index].toDouble(); }
  bool Bool(size_t index) const { return stack_[start_ + index].toBool(); }
  std::vector<bool> Mask(size_t index) const {
    std::vector<bool> mask;
    for (const bool flag : stack_[start_ + index].toBoolList()) mask.push_back(flag);
    return mask;
  }
  size_t Length(size_t index) const { return stack_[start_ + index].toList().size(); }
  at::ScalarType DType(size_t index) const { return stack_[start_ + index].toScalarType(); }

  template <class... Results>
  void Return(Results&&... results) {
    stack_.resize(start_);
    (stack_.emplace_back(std::forward<Results>(results)), ...);
  }

 private:
  Stack& stack_;
  size_t start_;
};

Tensor CastTo(const Tensor& result, const Tensor& grad_output, at::ScalarType dtype) {
  return grad_output.scalar_type() == dtype ? result : result.to(dtype);
}

void Trace(Frame& frame) { frame.Return(frame.TensorAt(0).diagonal().sum()); }

void NllLossBackward(Frame& frame) {
  frame.Return(NllBackward(frame.TensorAt(0), frame.TensorAt(1), frame.TensorAt(2),
                           frame.Optional(3), frame.Int(4), frame.Int(5), frame.TensorAt(6)));
}

void LogSoftmaxBackward(Frame& frame) {
  const Tensor grad = frame.TensorAt(0);
  const Tensor result = grad - at::exp(frame.TensorAt(1)) * grad.sum({frame.Int(2)}, true);
  frame.Return(CastTo(result, grad, frame.DType(3)));
}

void SoftmaxBackward(Frame& frame) {
  const Tensor grad = frame.TensorAt(0), output = frame.TensorAt(1);
  const Tensor scaled = grad * output;
  const Tensor result = scaled - output * scaled.sum({frame.Int(2)}, true);
  frame.Return(CastTo(result, grad, frame.DType(3)).contiguous());
}

void LogSigmoidForward(Frame& frame) {
  const Tensor self = frame.TensorAt(0);
  const Tensor z = at::exp(-self.abs());
  const Tensor buffer = self.is_cuda() || self.is_xpu() ? self.new_zeros({0}) : z;
  frame.Return(at::minimum(self.new_zeros({}), self) - at::log1p(z), buffer);
}

// Mean and inverse deviation once more, so that they have derivatives: what the forward pass saved
// are constants. Its epsilon follows from what it saved.
std::pair<Tensor, Tensor> Moments(const Tensor& input, const Tensor& saved, at::IntArrayRef dims,
                                  bool keepdim) {
  const auto [variance, mean] = at::var_mean(input, dims, std::optional<at::Scalar>(0), keepdim);
  const Tensor epsilon = (saved.reciprocal().pow(2) - variance).detach();
  return {mean, at::rsqrt(variance + epsilon)};
}

Tensor ZerosFor(const std::optional<Tensor>& tensor, const Tensor& like) {
  return tensor && tensor->defined() ? at::zeros_like(*tensor) : like.new_zeros({});
}

void LayerNormBackward(Frame& frame) {
  const Tensor grad = frame.TensorAt(0), input = frame.TensorAt(1);
  const std::optional<Tensor> weight = frame.Optional(5), bias = frame.Optional(6);
  const std::vector<bool> mask = frame.Mask(7);
  const auto axis = input.dim() - static_cast<int64_t>(frame.Length(2));
  std::vector<int64_t> inner, outer;
  for (int64_t dim = 0; dim < input.dim(); ++dim) (dim < axis ? outer : inner).push_back(dim);
  int64_t count = 1;
  for (const int64_t dim : inner) count *= input.size(dim);
  if (input.numel() == 0) {
    const auto sizes = input.sizes().slice(static_cast<size_t>(axis));
    frame.Return(at::zeros_like(input), input.new_zeros(sizes), input.new_zeros(sizes));
    return;
  }
  const auto [mean, scale] = Moments(input, frame.TensorAt(4), inner, true);
  const Tensor centred = (input - mean) * scale;
  const bool has_weight = weight && weight->defined();
  const Tensor weighted = has_weight ? grad * *weight : grad;
  const Tensor along = centred * (weighted * centred).sum(inner, true);
  const Tensor body = weighted * count - weighted.sum(inner, true) - along;
  const auto reduced = [&](const Tensor& tensor) {
    return outer.empty() ? tensor : tensor.sum(outer, false);
  };
  const bool has_bias = bias && bias->defined();
  frame.Return(mask[0] ? (scale / count) * body : at::zeros_like(input),
               mask[1] && has_weight ? reduced(grad * centred) : ZerosFor(weight, input),
               mask[2] && has_bias ? reduced(grad.clone()) : ZerosFor(bias, input));
}

// Where the arguments of a batch norm's backward lie; the libraries each have an order of their
// own.
struct BatchNormPlaces {
  size_t grad, input, weight, running_mean, running_var, saved_scale;
  std::optional<size_t> training;
  size_t eps;
  std::optional<size_t> mask;
};

void BatchNormBackward(Frame& frame, const BatchNormPlaces& places) {
  const Tensor grad = frame.TensorAt(places.grad), input = frame.TensorAt(places.input);
  const std::optional<Tensor> weight = frame.Optional(places.weight);
  const bool training = !places.training || frame.Bool(*places.training);
  const std::vector<bool> mask = places.mask ? frame.Mask(*places.mask) : std::vector(3, true);
  std::vector<int64_t> dims, shape(static_cast<size_t>(input.dim()), 1);
  shape[1] = input.size(1);
  for (int64_t dim = 0; dim < input.dim(); ++dim) {
    if (dim != 1) dims.push_back(dim);
  }
  Tensor mean, scale;
  if (training) {
    std::tie(mean, scale) = Moments(input, frame.TensorAt(places.saved_scale), dims, false);
  } else {
    mean = frame.TensorAt(places.running_mean);
    scale = at::rsqrt(frame.TensorAt(places.running_var) + frame.Double(places.eps));
  }
  const double norm = static_cast<double>(input.size(1)) / static_cast<double>(input.numel());
  const Tensor centred = input - mean.reshape(shape);
  const Tensor sum = grad.sum(dims);
  const Tensor dot = (grad * centred).sum(dims);
  const bool has_weight = weight && weight->defined();
  const Tensor factor = (has_weight ? scale * *weight : scale).reshape(shape);
  Tensor inner = grad;
  if (training) {
    inner =
        grad - centred * (dot * norm * scale * scale).reshape(shape) - (sum * norm).reshape(shape);
  }
  frame.Return(inner * factor, mask[1] ? dot * scale : ZerosFor(weight, input),
               mask[2] ? sum : at::zeros_like(sum));
}

using Rule = void (*)(Frame&);

const std::unordered_map<std::string, Rule>& Rules() {
  static const std::unordered_map<std::string, Rule> rules{
      {"aten::trace", Trace},
      {"aten::nll_loss_backward", NllLossBackward},
      {"aten::nll_loss2d_backward", NllLossBackward},
      {"aten::_log_softmax_backward_data", LogSoftmaxBackward},
      {"aten::_softmax_backward_data", SoftmaxBackward},
      {"aten::log_sigmoid_forward", LogSigmoidForward},
      {"aten::native_layer_norm_backward", LayerNormBackward},
      {"aten::native_batch_norm_backward",
       [](Frame& frame) {
         BatchNormBackward(frame, {0, 1, 2, 3, 4, 6, 7, 8, 9});
       }},
      {"aten::batch_norm_backward",
       [](Frame& frame) {
         BatchNormBackward(frame, {0, 1, 2, 3, 4, 6, 7, 8, 9});
       }},
      {"aten::cudnn_batch_norm_backward",
       [](Frame& frame) {
         BatchNormBackward(frame, {1, 0, 2, 3, 4, 6, {}, 7, {}});
       }},
      {"aten::miopen_batch_norm_backward",
       [](Frame& frame) {
         BatchNormBackward(frame, {1, 0, 2, 3, 4, 6, {}, 7, {}});
       }},
  };
  return rules;
}

// Ours first, and behind them what libtorch itself knows.
class Decompositions final : public torch::autograd::impl::JitDecompInterface {
 public:
  explicit Decompositions(JitDecompInterface* next) : next_(next) {}

  bool has_jit_decomposition(const c10::FunctionSchema& schema) const override {
    return Find(schema) != nullptr || next_->has_jit_decomposition(schema);
  }

  void run_jit_decomposition(const c10::OperatorHandle& op, Stack* stack) const override {
    const Rule rule = Find(op.schema());
    if (rule == nullptr) return next_->run_jit_decomposition(op, stack);
    Frame frame(*stack, op.schema().arguments().size());
    rule(frame);
  }

 private:
  static Rule Find(const c10::FunctionSchema& schema) {
    if (!schema.overload_name().empty()) return nullptr;
    const auto found = Rules().find(schema.name());
    return found == Rules().end() ? nullptr : found->second;
  }

  JitDecompInterface* next_;
};

}  // namespace

void RegisterJvpDecompositions() {
  static std::once_flag registered;
  std::call_once(registered, [] {
    // Never taken back: autograd asks for it as long as the process lives.
    static auto* decompositions = new Decompositions(torch::autograd::impl::getJitDecompImpl());
    torch::autograd::impl::setJitDecompImpl(decompositions);
  });
}

}  // namespace sconce

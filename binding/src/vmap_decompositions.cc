#include <ATen/OpMathType.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/logical_and.h>
#include <ATen/ops/logical_or.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/result_type.h>
#include <ATen/ops/scatter.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>
#include <torch/library.h>

#include <mutex>
#include <tuple>

#include "decompositions.h"

namespace sconce {

namespace {

using at::Tensor;

constexpr int64_t kMean = at::Reduction::Mean;
constexpr int64_t kNone = at::Reduction::None;
constexpr int64_t kSum = at::Reduction::Sum;

// Sums of half precision are computed in single precision, and given back as they came.
template <class Body>
Tensor InOpMath(const Tensor& grad, const Tensor& input, const Tensor& target, Body&& body) {
  const at::ScalarType dtype = at::result_type(input, target);
  const at::ScalarType precise = at::toOpMathType(dtype);
  if (dtype == precise) return body(grad, input, target);
  return body(grad.to(precise), input.to(precise), target.to(precise)).to(dtype);
}

double Norm(const Tensor& input, int64_t reduction) {
  return reduction == kMean ? 1.0 / static_cast<double>(input.numel()) : 1.0;
}

Tensor MseLossBackward(const Tensor& grad_output, const Tensor& self, const Tensor& target,
                       int64_t reduction) {
  return InOpMath(grad_output, self, target,
                  [&](const Tensor& grad, const Tensor& input, const Tensor& goal) {
                    return (input - goal) * (2.0 * Norm(input, reduction)) * grad;
                  });
}

Tensor SmoothL1LossBackward(const Tensor& grad_output, const Tensor& self, const Tensor& target,
                            int64_t reduction, double beta) {
  return InOpMath(grad_output, self, target,
                  [&](const Tensor& grad, const Tensor& input, const Tensor& goal) {
                    const Tensor x = input - goal;
                    const Tensor scaled = grad * Norm(input, reduction);
                    return at::where(x.abs() < beta, scaled * x / beta, scaled * x.sign());
                  });
}

Tensor HuberLossBackward(const Tensor& grad_output, const Tensor& self, const Tensor& target,
                         int64_t reduction, double delta) {
  return InOpMath(grad_output, self, target,
                  [&](const Tensor& grad, const Tensor& input, const Tensor& goal) {
                    const Tensor x = input - goal;
                    const Tensor scaled = grad * Norm(input, reduction);
                    return at::where(x < -delta, scaled * -delta,
                                     at::where(x > delta, scaled * delta, scaled * x));
                  });
}

void CheckNll(const Tensor& self, const Tensor& target, const std::optional<Tensor>& weight) {
  TORCH_CHECK(self.dim() > 0 && self.dim() <= 2, "input tensor should be 1D or 2D, got ",
              self.dim(), "D");
  TORCH_CHECK(target.dim() <= 1, "0D or 1D target tensor expected, multi-target not supported");
  TORCH_CHECK((self.dim() == 1 && target.dim() == 0) || self.size(0) == target.size(0),
              "size mismatch (got input: ", self.sizes(), ", target: ", target.sizes(), ")");
  TORCH_CHECK(!weight || !weight->defined() || weight->numel() == self.size(-1),
              "weight tensor should be defined either for all ", self.size(-1),
              " classes or no classes but got weight tensor of shape: ",
              weight ? weight->sizes() : at::IntArrayRef());
}

bool Has(const std::optional<Tensor>& tensor) { return tensor && tensor->defined(); }

// The weights along the classes' dimension, for a tensor of as many dimensions as `self`.
Tensor AlongClasses(const Tensor& weight, const Tensor& self, int64_t channel_dim) {
  std::vector<int64_t> shape(static_cast<size_t>(self.dim()), 1);
  shape[static_cast<size_t>(channel_dim)] = weight.size(0);
  return weight.reshape(shape);
}

std::tuple<Tensor, Tensor> NllForward(const Tensor& self, const Tensor& target,
                                      const std::optional<Tensor>& weight, int64_t reduction,
                                      int64_t ignore_index) {
  const int64_t channel_dim = self.dim() < 2 ? 0 : 1;
  const Tensor counts = target != ignore_index;
  const Tensor index = at::where(counts, target, at::Scalar(0)).unsqueeze(channel_dim);
  const auto picked = [&](const Tensor& tensor) {
    const Tensor chosen = at::gather(tensor, channel_dim, index).squeeze(channel_dim);
    return at::where(counts, chosen, at::Scalar(0));
  };
  const Tensor weights = Has(weight) ? AlongClasses(*weight, self, channel_dim) : Tensor();
  Tensor result = picked(weights.defined() ? -(self * weights) : -self);
  if (reduction == kNone && self.dim() > 1) return {result, self.new_full({}, 0.0)};
  const Tensor total =
      weights.defined() ? picked(weights.expand_as(self)).sum() : counts.sum().to(self.dtype());
  if (reduction == kSum) result = result.sum();
  if (reduction == kMean) result = result.sum() / total;
  return {result, total};
}

std::tuple<Tensor, Tensor> NllLossForward(const Tensor& self, const Tensor& target,
                                          const std::optional<Tensor>& weight, int64_t reduction,
                                          c10::SymInt ignore_index) {
  CheckNll(self, target, weight);
  return NllForward(self, target, weight, reduction, ignore_index.expect_int());
}

std::tuple<Tensor, Tensor> NllLoss2dForward(const Tensor& self, const Tensor& target,
                                            const std::optional<Tensor>& weight, int64_t reduction,
                                            c10::SymInt ignore_index) {
  return NllForward(self, target, weight, reduction, ignore_index.expect_int());
}

Tensor NllLossBackward(const Tensor& grad_output, const Tensor& self, const Tensor& target,
                       const std::optional<Tensor>& weight, int64_t reduction,
                       c10::SymInt ignore_index, const Tensor& total_weight) {
  CheckNll(self, target, weight);
  return NllBackward(grad_output, self, target, weight, reduction, ignore_index.expect_int(),
                     total_weight);
}

Tensor NllLoss2dBackward(const Tensor& grad_output, const Tensor& self, const Tensor& target,
                         const std::optional<Tensor>& weight, int64_t reduction,
                         c10::SymInt ignore_index, const Tensor& total_weight) {
  return NllBackward(grad_output, self, target, weight, reduction, ignore_index.expect_int(),
                     total_weight);
}

Tensor Addr(const Tensor& self, const Tensor& vec1, const Tensor& vec2, const at::Scalar& beta,
            const at::Scalar& alpha) {
  TORCH_CHECK(vec1.dim() == 1, "addr: Expected 1-D argument vec1, but got ", vec1.dim(), "-D");
  TORCH_CHECK(vec2.dim() == 1, "addr: Expected 1-D argument vec2, but got ", vec2.dim(), "-D");
  const Tensor base = self.expand({vec1.size(0), vec2.size(0)});
  const Tensor product = at::outer(vec1, vec2);
  if (at::result_type(base, product) == at::kBool) {
    const Tensor scaled = alpha.toBool() ? product : at::full_like(base, false);
    return beta.toBool() ? at::logical_or(base, scaled) : scaled;
  }
  const Tensor scaled = alpha.equal(1) ? product : product * alpha;
  if (beta.equal(0)) return scaled.to(at::result_type(base, product));
  return beta.equal(1) ? base + scaled : base * beta + scaled;
}

}  // namespace

Tensor NllBackward(const Tensor& grad_output, const Tensor& self, const Tensor& target,
                   const std::optional<Tensor>& weight, int64_t reduction, int64_t ignore_index,
                   const Tensor& total_weight) {
  const int64_t channel_dim = self.dim() < 2 ? 0 : 1;
  Tensor grad = reduction == kMean ? grad_output / total_weight : grad_output;
  const Tensor one = self.dim() == 1 && target.dim() > 0 ? target.select(0, 0) : target;
  const Tensor index = one.unsqueeze(channel_dim);
  const Tensor counts = index != ignore_index;
  const Tensor picked = at::scatter(at::zeros_like(self), channel_dim,
                                    at::where(counts, index, at::Scalar(0)), at::Scalar(-1.0));
  if (picked.dim() > grad.dim() && grad.dim() > 0) grad = grad.unsqueeze(channel_dim);
  if (Has(weight)) grad = grad * AlongClasses(*weight, self, channel_dim);
  return picked * at::where(counts, grad, at::Scalar(0));
}

void RegisterVmapDecompositions() {
  static std::once_flag registered;
  std::call_once(registered, [] {
    // Never taken back: libtorch's operators live as long as the process does.
    static auto* library = new torch::Library(
        torch::Library::IMPL, "aten", c10::DispatchKey::FuncTorchBatched, __FILE__, __LINE__);
    library->impl("mse_loss_backward", MseLossBackward);
    library->impl("smooth_l1_loss_backward", SmoothL1LossBackward);
    library->impl("huber_loss_backward", HuberLossBackward);
    library->impl("nll_loss_forward", NllLossForward);
    library->impl("nll_loss2d_forward", NllLoss2dForward);
    library->impl("nll_loss_backward", NllLossBackward);
    library->impl("nll_loss2d_backward", NllLoss2dBackward);
    library->impl("addr", Addr);
  });
}

}  // namespace sconce

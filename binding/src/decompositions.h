#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

namespace sconce {

// Gives vmap the rules that PyTorch writes in Python (`torch._functorch.predispatch`): without them
// these operators would run once for each sample. The first call registers them.
void RegisterVmapDecompositions();

// Gives forward-mode differentiation the rules that PyTorch writes in Python
// (`torch._decomp.decompositions_for_jvp`): without them these operators have no derivative of it.
// The first call registers them.
void RegisterJvpDecompositions();

// The gradient of the negative log-likelihood loss out of operators that all transforms know.
at::Tensor NllBackward(const at::Tensor& grad_output, const at::Tensor& self,
                       const at::Tensor& target, const std::optional<at::Tensor>& weight,
                       int64_t reduction, int64_t ignore_index, const at::Tensor& total_weight);

}  // namespace sconce

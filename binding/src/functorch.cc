#include "functorch.h"

#include <ATen/FuncTorchTLS.h>
#include <ATen/FunctionalTensorWrapper.h>
#include <ATen/SavedTensorHooks.h>
#include <ATen/WrapDimUtils.h>
#include <ATen/functorch/BatchedTensorImpl.h>
#include <ATen/functorch/DynamicLayer.h>
#include <ATen/functorch/TensorWrapper.h>
#include <ATen/ops/lift_fresh.h>
#include <c10/core/AutogradState.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include "convert.h"
#include "decompositions.h"
#include "entry.h"
#include "error.h"

namespace sconce {

namespace functorch = at::functorch;
namespace functionalization = at::functionalization::impl;

namespace {

// The id of a tensor whose JS object is still to be made.
napi_value Fresh(Environment& environment, at::Tensor tensor) {
  napi_value id;
  CheckStatus(
      environment.env,
      napi_create_int32(environment.env, environment.slots.Add(std::move(tensor), nullptr), &id));
  return id;
}

constexpr auto kFront = c10::DispatchKey::FuncTorchDynamicLayerFrontMode;
constexpr auto kBack = c10::DispatchKey::FuncTorchDynamicLayerBackMode;

double Push(functorch::TransformType type, std::optional<bool> grad_mode,
            std::optional<bool> forward_grad_mode) {
  return static_cast<double>(functorch::initAndPushDynamicLayer(type, std::nullopt, std::nullopt,
                                                                grad_mode, forward_grad_mode));
}

// pushGrad(): number, the level of a reverse-mode transform. Inference mode must be off.
napi_value PushGrad(Environment&, const Arguments& arguments) {
  return arguments.Number(
      Push(functorch::TransformType::Grad, c10::GradMode::is_enabled(), std::nullopt));
}

// pushJvp(): number, the level of a forward-mode transform. Inference mode must be off.
napi_value PushJvp(Environment&, const Arguments& arguments) {
  return arguments.Number(Push(functorch::TransformType::Jvp, std::nullopt,
                               c10::AutogradState::get_tls_state().get_fw_grad_mode()));
}

// pushVmap(batchSize, randomness): number; randomness counts as `RandomnessType` does.
napi_value PushVmap(Environment&, const Arguments& arguments) {
  RegisterVmapDecompositions();
  const auto size = static_cast<int64_t>(arguments.Double(0));
  return arguments.Number(static_cast<double>(functorch::initAndPushDynamicLayer(
      functorch::TransformType::Vmap, c10::SymInt(size),
      static_cast<functorch::RandomnessType>(arguments.Int32(1)))));
}

// pushFunctionalize(reapplyViews): number
napi_value PushFunctionalize(Environment&, const Arguments& arguments) {
  return arguments.Number(static_cast<double>(functorch::initAndPushDynamicLayer(
      functorch::TransformType::Functionalize, std::nullopt, std::nullopt, std::nullopt,
      std::nullopt, arguments.Boolean(0))));
}

// popTransform(): the innermost, of whatever kind.
napi_value PopTransform(Environment&, const Arguments&) {
  functorch::popDynamicLayerAndDeleteMetadata();
  return nullptr;
}

// hideTransforms(hidden): boolean, what it was; while it is true, operators see the tensors that
// are wrapped as they are.
napi_value HideTransforms(Environment&, const Arguments& arguments) {
  const bool before = c10::impl::tls_is_dispatch_key_excluded(kFront);
  c10::impl::tls_set_dispatch_key_excluded(kFront, arguments.Boolean(0));
  c10::impl::tls_set_dispatch_key_excluded(kBack, arguments.Boolean(0));
  return arguments.Bool(before);
}

// addBatchDim(id, dim, level)
napi_value AddBatchDim(Environment& environment, const Arguments& arguments) {
  return Fresh(environment,
               functorch::addBatchDim(arguments.Tensor(0), arguments.Int32(1), arguments.Int32(2)));
}

// removeBatchDim(id, level, batchSize, outDim): what does not depend on the mapped inputs
// is repeated, as a view.
napi_value RemoveBatchDim(Environment& environment, const Arguments& arguments) {
  const at::Tensor self = arguments.Tensor(0);
  const int64_t level = arguments.Int32(1);
  const auto* batched = functorch::maybeGetBatchedImpl(self);
  if (batched == nullptr || batched->level() < level) {
    const int64_t dim = at::maybe_wrap_dim(arguments.Int32(3), self.dim() + 1);
    std::vector<int64_t> sizes = self.sizes().vec();
    sizes.insert(sizes.begin() + dim, static_cast<int64_t>(arguments.Double(2)));
    return Fresh(environment, self.unsqueeze(dim).expand(sizes));
  }
  TORCH_CHECK(batched->level() == level,
              "vmap: the function returned a tensor that escaped from a vmap inside it");
  const at::Tensor& value = batched->value();
  const int64_t dim = at::maybe_wrap_dim(arguments.Int32(3), value.dim());
  return Fresh(environment, value.movedim(batched->bdim(), dim));
}

// wrapForGrad(id, level)
napi_value WrapForGrad(Environment& environment, const Arguments& arguments) {
  return Fresh(environment, functorch::makeTensorWrapper(arguments.Tensor(0), arguments.Int32(1)));
}

// unwrapForGrad(id, level): the tensor as it is where it is not of this level.
napi_value UnwrapForGrad(Environment& environment, const Arguments& arguments) {
  const at::Tensor& tensor = arguments.Tensor(0);
  auto* wrapper = functorch::maybeGetTensorWrapper(tensor);
  const bool is_of_level = wrapper != nullptr && wrapper->level() == arguments.Int32(1);
  return Fresh(environment, is_of_level ? wrapper->value() : tensor);
}

// trackGrad(id): what requiresGrad_() may not do inside a transform, but the transform itself does.
napi_value TrackGrad(Environment&, const Arguments& arguments) {
  arguments.Tensor(0).set_requires_grad(true);
  return nullptr;
}

// wrapFunctional(id, level)
napi_value WrapFunctional(Environment& environment, const Arguments& arguments) {
  at::Tensor wrapped = functionalization::to_functional_tensor(arguments.Tensor(0));
  functionalization::unsafeGetFunctionalWrapper(wrapped)->set_level(arguments.Int32(1));
  return Fresh(environment, std::move(wrapped));
}

// unwrapFunctional(id, reapplyViews): with all pending changes applied.
napi_value UnwrapFunctional(Environment& environment, const Arguments& arguments) {
  const at::Tensor tensor = arguments.Tensor(0);
  if (!functionalization::isFunctionalTensor(tensor)) return Fresh(environment, tensor);
  functionalization::sync(tensor);
  auto* wrapper = functionalization::unsafeGetFunctionalWrapper(tensor);
  functionalization::FunctionalizationReapplyViewsGuard guard(arguments.Boolean(1));
  if (wrapper->apply_updates()) wrapper->regenerate_from_base();
  return Fresh(environment, wrapper->value());
}

// propagateMutation(id, wrapped id): what was done to the wrapped input happens to the input.
napi_value PropagateMutation(Environment&, const Arguments& arguments) {
  const at::Tensor input = arguments.Tensor(0);
  const at::Tensor wrapped = arguments.Tensor(1);
  functionalization::sync(wrapped);
  auto* wrapper = functionalization::unsafeGetFunctionalWrapper(wrapped);
  wrapper->sync_();
  const at::Tensor& value = wrapper->value();
  if (input.is_same(value)) return nullptr;
  if (input.nbytes() != value.nbytes()) input.resize_(value.sizes());
  if (input.sizes() != value.sizes()) input.as_strided_(value.sizes(), value.strides());
  input.copy_(value);
  return nullptr;
}

// The kinds of wrapped tensors, in the order of lib/func/wrapped.ts.
enum class Wrapper { kNone, kBatched, kGradTracking, kFunctional };

Wrapper WrapperOf(const at::Tensor& tensor) {
  if (functorch::isBatchedTensor(tensor)) return Wrapper::kBatched;
  if (functorch::maybeGetTensorWrapper(tensor) != nullptr) return Wrapper::kGradTracking;
  if (functionalization::isFunctionalTensor(tensor)) return Wrapper::kFunctional;
  return Wrapper::kNone;
}

// wrapperOf(id): [kind, level, batch dimension]; a wrapper that outlived its level is of level -2.
napi_value DescribeWrapper(Environment&, const Arguments& arguments) {
  const at::Tensor& tensor = arguments.Tensor(0);
  const Wrapper kind = WrapperOf(tensor);
  int64_t level = -1, dim = -1;
  if (kind == Wrapper::kBatched) {
    level = functorch::unsafeGetBatchedImpl(tensor)->level();
    dim = functorch::unsafeGetBatchedImpl(tensor)->bdim();
  } else if (kind == Wrapper::kGradTracking) {
    level = functorch::maybeGetTensorWrapper(tensor)->level().value_or(-2);
  } else if (kind == Wrapper::kFunctional) {
    level = functionalization::unsafeGetFunctionalWrapper(tensor)->level();
  }
  return arguments.Numbers({static_cast<int64_t>(kind), level, dim});
}

// unwrapped(id): the tensor one wrapper further in.
napi_value Unwrapped(Environment& environment, const Arguments& arguments) {
  const at::Tensor tensor = arguments.Tensor(0);
  switch (WrapperOf(tensor)) {
    case Wrapper::kBatched:
      return Fresh(environment, functorch::unsafeGetBatchedImpl(tensor)->value());
    case Wrapper::kGradTracking:
      return Fresh(environment, functorch::maybeGetTensorWrapper(tensor)->value());
    case Wrapper::kFunctional:
      functionalization::sync(tensor);
      return Fresh(environment, functionalization::unsafeGetFunctionalWrapper(tensor)->value());
    default: return Fresh(environment, tensor);
  }
}

// checkRequiresGradInPlace(): throws inside a transform.
napi_value CheckRequiresGradInPlace(Environment&, const Arguments&) {
  const auto& state = functorch::functorchTLSAccessor();
  if (state) state->checkSupportsInplaceRequiresGrad();
  return nullptr;
}

// disableSavedTensorsHooks(message or null): string or undefined, the message of before; null
// allows them.
napi_value DisableSavedTensorsHooks(Environment& environment, const Arguments& arguments) {
  const std::optional<std::string> before =
      at::SavedTensorDefaultHooks::get_disabled_error_message();
  if (arguments.Has(0)) {
    at::SavedTensorDefaultHooks::disable(arguments.String(0));
  } else {
    at::SavedTensorDefaultHooks::enable();
  }
  return before ? FromString(environment.env, *before) : nullptr;
}

// enterDualLevel(): number, a level of forward-mode differentiation.
napi_value EnterDualLevel(Environment&, const Arguments& arguments) {
  RegisterJvpDecompositions();
  return arguments.Number(static_cast<double>(torch::autograd::forward_ad::enter_dual_level()));
}

napi_value ExitDualLevel(Environment&, const Arguments& arguments) {
  torch::autograd::forward_ad::exit_dual_level(static_cast<uint64_t>(arguments.Int32(0)));
  return nullptr;
}

// setForwardGradEnabled(enabled): boolean, what it was.
napi_value SetForwardGradEnabled(Environment&, const Arguments& arguments) {
  auto& state = c10::AutogradState::get_tls_state();
  const bool before = state.get_fw_grad_mode();
  state.set_fw_grad_mode(arguments.Boolean(0));
  return arguments.Bool(before);
}

}  // namespace

TransformsHidden::TransformsHidden() : guard_(c10::DispatchKeySet({kFront, kBack})) {}

bool InsideTransform() {
  const c10::DispatchKeySet included = c10::impl::tls_local_dispatch_key_set().included_;
  return included.has(kFront) || included.has(kBack);
}

at::Tensor WithoutWrappers(const at::Tensor& tensor) {
  if (auto* wrapper = functorch::maybeGetTensorWrapper(tensor)) {
    return WithoutWrappers(wrapper->value());
  }
  if (functionalization::isFunctionalTensor(tensor)) {
    functionalization::sync(tensor);
    return WithoutWrappers(functionalization::from_functional_tensor(tensor));
  }
  return tensor;
}

at::Tensor LiftFresh(at::Tensor tensor) {
  return InsideTransform() ? at::lift_fresh(tensor) : tensor;
}

void InitFunctorch(napi_env env, napi_value exports) {
  Define<PushGrad>(env, exports, "pushGrad");
  Define<PushJvp>(env, exports, "pushJvp");
  Define<PushVmap>(env, exports, "pushVmap");
  Define<PushFunctionalize>(env, exports, "pushFunctionalize");
  Define<PopTransform>(env, exports, "popTransform");
  Define<HideTransforms>(env, exports, "hideTransforms");
  Define<AddBatchDim>(env, exports, "addBatchDim");
  Define<RemoveBatchDim>(env, exports, "removeBatchDim");
  Define<WrapForGrad>(env, exports, "wrapForGrad");
  Define<UnwrapForGrad>(env, exports, "unwrapForGrad");
  Define<TrackGrad>(env, exports, "trackGrad");
  Define<WrapFunctional>(env, exports, "wrapFunctional");
  Define<UnwrapFunctional>(env, exports, "unwrapFunctional");
  Define<PropagateMutation>(env, exports, "propagateMutation");
  Define<DescribeWrapper>(env, exports, "wrapperOf");
  Define<Unwrapped>(env, exports, "unwrapped");
  Define<CheckRequiresGradInPlace>(env, exports, "checkRequiresGradInPlace");
  Define<DisableSavedTensorsHooks>(env, exports, "disableSavedTensorsHooks");
  Define<EnterDualLevel>(env, exports, "enterDualLevel");
  Define<ExitDualLevel>(env, exports, "exitDualLevel");
  Define<SetForwardGradEnabled>(env, exports, "setForwardGradEnabled");
}

}  // namespace sconce

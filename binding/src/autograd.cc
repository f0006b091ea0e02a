#include "autograd.h"

#include <ATen/FuncTorchTLS.h>
#include <ATen/core/Tensor.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/variable.h>

#include <memory>

#include "convert.h"
#include "entry.h"
#include "error.h"
#include "js-call.h"
#include "recorder.h"
#include "retained.h"

namespace sconce {

namespace {

napi_value RequiresGrad(Environment&, const Arguments& arguments) {
  return arguments.Bool(arguments.Tensor(0).requires_grad());
}

napi_value SetRequiresGrad(Environment&, const Arguments& arguments) {
  const at::Tensor& tensor = arguments.Tensor(0);
  const bool requires_grad = arguments.Boolean(1);
  if (!tensor.is_leaf() && !requires_grad) {
    throw Error(ErrorClass::kTorch, "ERR_NOT_LEAF",
                "you can only change requiresGrad of leaf tensors; to use a computed tensor in a "
                "subgraph that is not differentiated, call x.detach()");
  }
  tensor.set_requires_grad(requires_grad);
  return nullptr;
}

napi_value IsLeaf(Environment&, const Arguments& arguments) {
  return arguments.Bool(arguments.Tensor(0).is_leaf());
}

napi_value RetainGrad(Environment&, const Arguments& arguments) {
  const auto& transforms = at::functorch::functorchTLSAccessor();
  if (transforms) transforms->checkSupportsRetainGrad();
  arguments.Tensor(0).retain_grad();
  return nullptr;
}

napi_value RetainsGrad(Environment&, const Arguments& arguments) {
  return arguments.Bool(arguments.Tensor(0).retains_grad());
}

// Tells a recorder of a gradient that is about to be taken away, or looked at.
void NoteGradient(Recorder& recorder, const at::Tensor& tensor, bool is_replaced) {
  if (!tensor.is_leaf()) return;
  if (is_replaced) {
    recorder.NoteReplaced(tensor);
  } else {
    recorder.NoteLeaf(tensor);
  }
}

// grad(id, last): the id of the gradient, `last` where it is still that tensor, 0 where none.
napi_value Grad(Environment& environment, const Arguments& arguments) {
  if (Recorder* recorder = Recorder::Current()) NoteGradient(*recorder, arguments.Tensor(0), false);
  const at::Tensor& grad = arguments.Tensor(0).grad();
  if (!grad.defined()) return arguments.Number(0);
  const int32_t last = arguments.Int32(1);
  if (environment.slots.Holds(last, grad)) return arguments.Number(last);
  // It belongs to its tensor, and to no scope in which it is read.
  const TensorId id = environment.slots.Add(grad, nullptr);
  environment.slots.Keep(id);
  return arguments.Number(id);
}

// setGrad(id, gradient id or 0)
napi_value SetGrad(Environment&, const Arguments& arguments) {
  const at::Tensor& tensor = arguments.Tensor(0);
  if (Recorder* recorder = Recorder::Current()) NoteGradient(*recorder, tensor, true);
  if (arguments.Int32(1) == 0) {
    tensor.mutable_grad().reset();
    return nullptr;
  }
  const at::Tensor& grad = arguments.Tensor(1);
  TORCH_CHECK_TYPE(grad.device() == tensor.device(), "assigned grad has data located on ",
                   grad.device(), ", and the tensor is on ", tensor.device());
  const auto wanted =
      tensor.is_leaf() ? tensor.grad_dtype() : std::optional<at::ScalarType>(tensor.scalar_type());
  TORCH_CHECK_TYPE(!wanted || grad.scalar_type() == *wanted, "assigned grad has dtype ",
                   grad.scalar_type(), ", and the tensor has ", *wanted);
  TORCH_CHECK(grad.sizes() == tensor.sizes(), "assigned grad has shape ", grad.sizes(),
              ", and the tensor has ", tensor.sizes());
  TORCH_CHECK(!grad.is_same(tensor), "a tensor cannot be its own gradient");
  tensor.mutable_grad() = grad;
  return nullptr;
}

// clearGrads(ids, setToNone): for all parameters at once.
napi_value ClearGrads(Environment& environment, const Arguments& arguments) {
  const bool set_to_none = arguments.Boolean(1);
  Recorder* const recorder = Recorder::Current();
  arguments.ForEach(0, [&](napi_value element) {
    int32_t id = 0;
    CheckStatus(environment.env, napi_get_value_int32(environment.env, element, &id));
    const at::Tensor& tensor = environment.slots.Get(id);
    if (recorder != nullptr) NoteGradient(*recorder, tensor, set_to_none);
    at::Tensor& grad = tensor.mutable_grad();
    if (!grad.defined()) return;
    if (set_to_none) {
      grad.reset();
      return;
    }
    if (grad.grad_fn()) {
      grad.detach_();
    } else {
      grad.requires_grad_(false);
    }
    grad.zero_();
  });
  return nullptr;
}

napi_value SetData(Environment&, const Arguments& arguments) {
  RefuseRecording("the data of a tensor is replaced");
  const_cast<at::Tensor&>(arguments.Tensor(0)).set_data(arguments.Tensor(1));
  return nullptr;
}

napi_value IsGradEnabled(Environment&, const Arguments& arguments) {
  return arguments.Bool(c10::GradMode::is_enabled());
}

napi_value SetGradEnabled(Environment&, const Arguments& arguments) {
  c10::GradMode::set_enabled(arguments.Boolean(0));
  return nullptr;
}

napi_value IsInferenceMode(Environment&, const Arguments& arguments) {
  return arguments.Bool(c10::InferenceMode::is_enabled());
}

// Entering returns what leaving needs: libtorch's guard, held by an external.
napi_value EnterInferenceMode(Environment& environment, const Arguments& arguments) {
  auto guard = std::make_unique<c10::InferenceMode>(arguments.Boolean(0));
  napi_value external;
  CheckStatus(environment.env,
              napi_create_external(environment.env, guard.get(), nullptr, nullptr, &external));
  guard.release();
  return external;
}

napi_value ExitInferenceMode(Environment& environment, const Arguments& arguments) {
  void* guard = nullptr;
  CheckStatus(environment.env, napi_get_value_external(environment.env, arguments[0], &guard));
  delete static_cast<c10::InferenceMode*>(guard);
  return nullptr;
}

// A tensor's hook in JS: `callback(gradientId): number | undefined`, the id of what replaces it.
class Hook {
 public:
  Hook(Environment& environment, std::shared_ptr<Retained> callback)
      : environment_(environment), callback_(std::move(callback)) {}

  at::Tensor operator()(const at::Tensor& gradient) const {
    CheckOwnThread(*callback_);
    RefuseRecording("a hook of a tensor runs JavaScript in backward");
    napi_env env = callback_->env();
    const JsScope scope(env);
    napi_value argument;
    CheckStatus(env, napi_create_int32(env, environment_.slots.Add(gradient, nullptr), &argument));
    napi_value result = CallJs(environment_, *callback_, {argument});
    int32_t id = 0;
    napi_valuetype type;
    CheckStatus(env, napi_typeof(env, result, &type));
    if (type == napi_number) CheckStatus(env, napi_get_value_int32(env, result, &id));
    return id == 0 ? at::Tensor() : environment_.slots.Get(id);
  }

 private:
  Environment& environment_;
  std::shared_ptr<Retained> callback_;
};

// registerHook(id, callback): number, for removeHook
napi_value RegisterHook(Environment& environment, const Arguments& arguments) {
  auto callback = std::make_shared<Retained>(environment, arguments[1]);
  const unsigned position = arguments.Tensor(0).register_hook(
      [hook = Hook(environment, callback)](const at::Tensor& gradient) -> at::Tensor {
        return hook(gradient);
      });
  environment.hooks.Add(arguments.Int32(0), callback);
  return arguments.Number(position);
}

napi_value RemoveHook(Environment&, const Arguments& arguments) {
  arguments.Tensor(0).remove_hook(static_cast<unsigned>(arguments.Int32(1)));
  return nullptr;
}

}  // namespace

void InitAutograd(napi_env env, napi_value exports) {
  Define<RequiresGrad>(env, exports, "requiresGrad");
  Define<SetRequiresGrad>(env, exports, "setRequiresGrad");
  Define<IsLeaf>(env, exports, "isLeaf");
  Define<RetainGrad>(env, exports, "retainGrad");
  Define<RetainsGrad>(env, exports, "retainsGrad");
  Define<Grad>(env, exports, "grad");
  Define<SetGrad>(env, exports, "setGrad");
  Define<ClearGrads>(env, exports, "clearGrads");
  Define<SetData>(env, exports, "setData");
  Define<IsGradEnabled>(env, exports, "isGradEnabled");
  Define<SetGradEnabled>(env, exports, "setGradEnabled");
  Define<IsInferenceMode>(env, exports, "isInferenceMode");
  Define<EnterInferenceMode>(env, exports, "enterInferenceMode");
  Define<ExitInferenceMode>(env, exports, "exitInferenceMode");
  Define<RegisterHook>(env, exports, "registerHook");
  Define<RemoveHook>(env, exports, "removeHook");
}

}  // namespace sconce

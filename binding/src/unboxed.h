#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/Scalar.h>

#include <variant>

namespace sconce {

struct Binding;
struct Call;
class Slots;

// Calls without boxes for the commonest shapes of signature: small operators spend a tenth of their
// time in the box. Which operators these are follows from their schemas.
class UnboxedCall {
 public:
  UnboxedCall() = default;
  explicit UnboxedCall(const c10::OperatorHandle& handle);

  explicit operator bool() const { return !std::holds_alternative<std::monostate>(handle_); }

  // The arguments, held strongly, once the call has been matched; false where this call needs the
  // general way (a number in place of a tensor, say).
  struct Operands {
    at::Tensor self;
    at::Tensor other;
    int64_t dim = 0;
    c10::SmallVector<c10::SymInt, 6> list;
  };
  bool Read(const Call& call, const Binding& binding, const Slots& slots, Operands& operands) const;

  at::Tensor Run(const Operands& operands) const;

 private:
  using Unary = c10::TypedOperatorHandle<at::Tensor(const at::Tensor&)>;
  using Binary = c10::TypedOperatorHandle<at::Tensor(const at::Tensor&, const at::Tensor&)>;
  using Scaled =
      c10::TypedOperatorHandle<at::Tensor(const at::Tensor&, const at::Tensor&, const at::Scalar&)>;
  using Select = c10::TypedOperatorHandle<at::Tensor(const at::Tensor&, int64_t, c10::SymInt)>;
  using View = c10::TypedOperatorHandle<at::Tensor(const at::Tensor&, c10::SymIntArrayRef)>;

  std::variant<std::monostate, Unary, Binary, Scaled, Select, View> handle_;
  // What a left-out scalar stands for: `alpha` of add, `p` of dist.
  at::Scalar default_scale_;
};

}  // namespace sconce

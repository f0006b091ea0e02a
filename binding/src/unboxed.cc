#include "unboxed.h"

#include <cmath>
#include <string>

#include "signature.h"
#include "slots.h"

namespace sconce {

namespace {

// The schema's argument types, a letter each, for plain functions of one resulting tensor.
std::string Shape(const c10::FunctionSchema& schema) {
  if (schema.returns().size() != 1 ||
      schema.returns()[0].type()->kind() != c10::TypeKind::TensorType) {
    return "";
  }
  std::string shape;
  for (const c10::Argument& argument : schema.arguments()) {
    if (argument.alias_info() != nullptr && argument.alias_info()->isWrite()) return "";
    const c10::Type& type = *argument.real_type();
    switch (type.kind()) {
      case c10::TypeKind::TensorType: shape += 'T'; break;
      case c10::TypeKind::IntType: shape += 'i'; break;
      case c10::TypeKind::SymIntType: shape += 's'; break;
      case c10::TypeKind::NumberType: shape += argument.default_value() ? 'n' : '?'; break;
      case c10::TypeKind::ListType:
        shape +=
            type.castRaw<c10::ListType>()->getElementType()->kind() == c10::TypeKind::SymIntType
                ? 'l'
                : '?';
        break;
      default: return "";
    }
  }
  return shape;
}

bool IsTensor(const Call& call, int16_t source) {
  return source >= 0 && call.arguments[static_cast<size_t>(source)].kind == Kind::kTensor;
}

bool IsNumber(const Call& call, int16_t source) {
  return source >= 0 && call.arguments[static_cast<size_t>(source)].kind == Kind::kNumber;
}

double NumberOf(const Call& call, int16_t source) {
  return call.arguments[static_cast<size_t>(source)].number;
}

const at::Tensor& TensorOf(const Call& call, int16_t source, const Slots& slots) {
  return slots.Get(static_cast<TensorId>(NumberOf(call, source)));
}

}  // namespace

UnboxedCall::UnboxedCall(const c10::OperatorHandle& handle) {
  const std::string shape = Shape(handle.schema());
  try {
    if (shape == "T") handle_ = handle.typed<at::Tensor(const at::Tensor&)>();
    if (shape == "TT") handle_ = handle.typed<at::Tensor(const at::Tensor&, const at::Tensor&)>();
    if (shape == "TTn") {
      handle_ = handle.typed<at::Tensor(const at::Tensor&, const at::Tensor&, const at::Scalar&)>();
      default_scale_ = handle.schema().arguments()[2].default_value()->toScalar();
    }
    if (shape == "Tis")
      handle_ = handle.typed<at::Tensor(const at::Tensor&, int64_t, c10::SymInt)>();
    if (shape == "Tl") handle_ = handle.typed<at::Tensor(const at::Tensor&, c10::SymIntArrayRef)>();
  } catch (const c10::Error&) {
    // Registered with another C++ type than its schema suggests: the box takes it.
    handle_ = std::monostate{};
  }
}

bool UnboxedCall::Read(const Call& call, const Binding& binding, const Slots& slots,
                       Operands& operands) const {
  const auto& source = binding.source;
  if (!IsTensor(call, source[0])) return false;
  if (std::holds_alternative<Binary>(handle_) || std::holds_alternative<Scaled>(handle_)) {
    if (!IsTensor(call, source[1])) return false;
    if (std::holds_alternative<Scaled>(handle_) && source[2] != Binding::kDefault) return false;
    operands.other = TensorOf(call, source[1], slots);
  } else if (std::holds_alternative<Select>(handle_)) {
    if (!IsNumber(call, source[1]) || !IsNumber(call, source[2])) return false;
    operands.dim = static_cast<int64_t>(NumberOf(call, source[1]));
    operands.list.emplace_back(static_cast<int64_t>(NumberOf(call, source[2])));
  } else if (std::holds_alternative<View>(handle_)) {
    if (source[1] == Binding::kVariadic) {
      for (size_t i = binding.variadic_start; i < call.positional; ++i) {
        operands.list.emplace_back(static_cast<int64_t>(call.arguments[i].number));
      }
    } else {
      if (source[1] < 0) return false;
      const Argument& argument = call.arguments[static_cast<size_t>(source[1])];
      if (argument.kind != Kind::kNumbers) return false;
      for (size_t i = 0; i < argument.length; ++i) {
        const double number = argument.list[i];
        if (number != std::trunc(number) || std::abs(number) >= 0x1p63) return false;
        operands.list.emplace_back(static_cast<int64_t>(number));
      }
    }
  }
  operands.self = TensorOf(call, source[0], slots);
  return true;
}

at::Tensor UnboxedCall::Run(const Operands& operands) const {
  if (const auto* unary = std::get_if<Unary>(&handle_)) return unary->call(operands.self);
  if (const auto* binary = std::get_if<Binary>(&handle_)) {
    return binary->call(operands.self, operands.other);
  }
  if (const auto* scaled = std::get_if<Scaled>(&handle_)) {
    return scaled->call(operands.self, operands.other, default_scale_);
  }
  if (const auto* select = std::get_if<Select>(&handle_)) {
    return select->call(operands.self, operands.dim, operands.list[0]);
  }
  return std::get<View>(handle_).call(operands.self, operands.list);
}

}  // namespace sconce

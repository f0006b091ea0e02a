#include "signature.h"

#include <ATen/core/jit_type.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <mutex>
#include <sstream>
#include <unordered_map>

#include "error.h"

namespace sconce {

namespace {

std::mutex names_mutex;
std::unordered_map<std::string, int32_t> name_ids;
std::vector<std::string> names;

ParameterType ListTypeOf(const c10::Type& element) {
  switch (element.kind()) {
    case c10::TypeKind::TensorType: return ParameterType::kTensors;
    case c10::TypeKind::IntType:
    case c10::TypeKind::SymIntType: return ParameterType::kInts;
    case c10::TypeKind::FloatType: return ParameterType::kFloats;
    case c10::TypeKind::BoolType: return ParameterType::kBools;
    case c10::TypeKind::NumberType: return ParameterType::kScalars;
    case c10::TypeKind::StringType: return ParameterType::kStrings;
    case c10::TypeKind::OptionalType:
      return element.castRaw<c10::OptionalType>()->getElementType()->kind() ==
                     c10::TypeKind::TensorType
                 ? ParameterType::kOptionalTensors
                 : ParameterType::kUnsupported;
    default: return ParameterType::kUnsupported;
  }
}

ParameterType ParameterTypeOf(const c10::Type& type) {
  switch (type.kind()) {
    case c10::TypeKind::TensorType: return ParameterType::kTensor;
    case c10::TypeKind::IntType:
    case c10::TypeKind::SymIntType: return ParameterType::kInt;
    case c10::TypeKind::FloatType: return ParameterType::kFloat;
    case c10::TypeKind::BoolType:
    case c10::TypeKind::SymBoolType: return ParameterType::kBool;
    case c10::TypeKind::NumberType: return ParameterType::kScalar;
    case c10::TypeKind::StringType: return ParameterType::kString;
    case c10::TypeKind::ScalarTypeType: return ParameterType::kScalarType;
    case c10::TypeKind::LayoutType: return ParameterType::kLayout;
    case c10::TypeKind::MemoryFormatType: return ParameterType::kMemoryFormat;
    case c10::TypeKind::DeviceObjType: return ParameterType::kDevice;
    case c10::TypeKind::GeneratorType: return ParameterType::kGenerator;
    case c10::TypeKind::ListType:
      return ListTypeOf(*type.castRaw<c10::ListType>()->getElementType());
    default: return ParameterType::kUnsupported;
  }
}

const c10::Type* WithoutOptional(const c10::Type* type, bool& optional) {
  if (const auto* wrapped = type->castRaw<c10::OptionalType>()) {
    optional = true;
    return wrapped->getElementType().get();
  }
  return type;
}

Parameter BuildParameter(const c10::Argument& argument, bool is_method) {
  Parameter parameter;
  // Python calls the receiver of a function's form `input`.
  const bool is_self = argument.name() == "self";
  parameter.name = is_self && !is_method ? "input" : CamelCase(argument.name());
  parameter.name_id = InternName(parameter.name);
  const c10::Type* type = WithoutOptional(argument.real_type().get(), parameter.optional);
  parameter.type = ParameterTypeOf(*type);
  parameter.keyword_only = argument.kwarg_only();
  parameter.out = argument.is_out();
  parameter.has_default = argument.default_value().has_value();
  if (parameter.has_default) parameter.default_value = *argument.default_value();
  parameter.fixed_size = argument.N().value_or(0);
  parameter.broadcasts = parameter.fixed_size > 0;
  return parameter;
}

Overload BuildOverload(const c10::OperatorHandle& handle, bool is_method) {
  Overload overload{handle, {}, {}, {}, false, 0, UnboxedCall(handle), false};
  const c10::FunctionSchema& schema = handle.schema();
  int self = -1;
  for (const c10::Argument& argument : schema.arguments()) {
    const size_t index = overload.parameters.size();
    if (argument.name() == "self" && is_method) self = static_cast<int>(index);
    overload.parameters.push_back(BuildParameter(argument, is_method));
    if (overload.parameters.back().out) ++overload.out_count;
  }
  if (self >= 0) overload.positional.push_back(static_cast<uint8_t>(self));
  size_t free_positions = 0;
  bool only_list = false;
  for (size_t i = 0; i < overload.parameters.size(); ++i) {
    const Parameter& parameter = overload.parameters[i];
    if (parameter.keyword_only || static_cast<int>(i) == self) continue;
    overload.positional.push_back(static_cast<uint8_t>(i));
    only_list = ++free_positions == 1 && parameter.type == ParameterType::kInts;
  }
  overload.variadic = only_list && free_positions == 1;
  const std::string& operator_name = schema.name();
  bool takes_options = false, takes_tensor = false;
  for (const Parameter& parameter : overload.parameters) {
    takes_options |= parameter.name == "pinMemory";
    takes_tensor |= parameter.type == ParameterType::kTensor;
  }
  overload.guard = GuardOf(c10::toString(schema.operator_name()));
  if (overload.guard != nullptr) overload.unboxed = UnboxedCall();
  const bool is_like = operator_name.ends_with("_like");
  overload.factory = !is_method && takes_options && (!takes_tensor || is_like);
  if (!is_method && takes_options && !is_like) {
    for (size_t i = 0; i < overload.parameters.size(); ++i) {
      if (overload.parameters[i].type == ParameterType::kDevice) {
        overload.default_device = static_cast<int>(i);
      }
    }
  }
  for (const c10::Argument& argument : schema.returns()) {
    Result result;
    result.name = CamelCase(argument.name());
    const c10::TypeKind kind = argument.type()->kind();
    if (kind == c10::TypeKind::TensorType) result.type = Result::Type::kTensor;
    if (kind == c10::TypeKind::ListType &&
        argument.type()->castRaw<c10::ListType>()->getElementType()->kind() ==
            c10::TypeKind::TensorType) {
      result.type = Result::Type::kTensors;
    }
    if (argument.alias_info() != nullptr && argument.alias_info()->isWrite()) {
      for (size_t i = 0; i < schema.arguments().size(); ++i) {
        const c10::AliasInfo* alias = schema.arguments()[i].alias_info();
        if (alias != nullptr && alias->isWrite() &&
            alias->beforeSets() == argument.alias_info()->beforeSets()) {
          result.alias = static_cast<int>(i);
        }
      }
    }
    overload.results.push_back(std::move(result));
  }
  return overload;
}

// The operators for which Python's parser takes a number where the schema says Tensor.
bool TakesNumbersAsTensors(const std::string& name) {
  static const std::array<const char*, 9> kNames = {
      "add", "sub", "mul", "div", "subtract", "multiply", "divide", "true_divide", "floor_divide"};
  std::string base = name;
  if (!base.empty() && base.back() == '_') base.pop_back();
  for (const char* known : kNames) {
    if (base == known) return true;
  }
  return false;
}

bool IsIntegral(double number) {
  return std::isfinite(number) && number == std::trunc(number) && std::abs(number) < 0x1p63;
}

// A tensor stands for a number where it is 0-d and nothing would be lost of its gradient.
bool IsNumberLike(const at::Tensor& tensor, bool integral) {
  return tensor.defined() && tensor.dim() == 0 && !tensor.requires_grad() &&
         (!integral || c10::isIntegralType(tensor.scalar_type(), /*includeBool=*/false));
}

bool Accepts(const Parameter& parameter, const Argument& argument, const Slots& slots,
             bool numbers_as_tensors) {
  const Kind kind = argument.kind;
  if (kind == Kind::kNull) return parameter.optional;
  const auto tensor = [&]() -> const at::Tensor& {
    return slots.Get(static_cast<TensorId>(argument.number));
  };
  const bool number = kind == Kind::kNumber;
  const bool empty_list = kind == Kind::kNumbers && argument.length == 0;
  switch (parameter.type) {
    case ParameterType::kTensor:
      return kind == Kind::kTensor ||
             (numbers_as_tensors && (number || kind == Kind::kBoolean || kind == Kind::kBigInt ||
                                     kind == Kind::kComplex));
    case ParameterType::kInt:
      return (number && IsIntegral(argument.number)) || kind == Kind::kBigInt ||
             (kind == Kind::kTensor && IsNumberLike(tensor(), /*integral=*/true));
    case ParameterType::kFloat:
      return number || (kind == Kind::kTensor && IsNumberLike(tensor(), /*integral=*/false));
    case ParameterType::kBool: return kind == Kind::kBoolean;
    case ParameterType::kScalar:
      return number || kind == Kind::kBoolean || kind == Kind::kBigInt || kind == Kind::kComplex ||
             (kind == Kind::kTensor && IsNumberLike(tensor(), /*integral=*/false));
    case ParameterType::kString: return kind == Kind::kString;
    case ParameterType::kScalarType: return kind == Kind::kDType;
    case ParameterType::kLayout: return kind == Kind::kLayout;
    case ParameterType::kDevice:
      return kind == Kind::kDevice || kind == Kind::kString ||
             (number && IsIntegral(argument.number) && argument.number >= 0 &&
              argument.number <= std::numeric_limits<c10::DeviceIndex>::max());
    case ParameterType::kMemoryFormat: return kind == Kind::kMemoryFormat;
    case ParameterType::kGenerator: return kind == Kind::kGenerator;
    case ParameterType::kTensors:
    case ParameterType::kOptionalTensors: return kind == Kind::kTensors || empty_list;
    case ParameterType::kInts:
      return kind == Kind::kNumbers ||
             (parameter.broadcasts && number && IsIntegral(argument.number));
    case ParameterType::kFloats: return kind == Kind::kNumbers || (parameter.broadcasts && number);
    case ParameterType::kBools:
      return kind == Kind::kBooleans || empty_list ||
             (parameter.broadcasts && kind == Kind::kBoolean);
    case ParameterType::kScalars: return kind == Kind::kNumbers || kind == Kind::kBooleans;
    case ParameterType::kStrings: return kind == Kind::kStrings || empty_list;
    case ParameterType::kUnsupported: return false;
  }
  return false;
}

// Why a call does not fit an overload; left empty where nobody will read it.
using Reason = std::string*;

const char* KindName(Kind kind) {
  static const char* const kNames[] = {
      "undefined", "Tensor",    "number", "boolean",   "null",    "number[]",
      "Tensor[]",  "boolean[]", "dtype",  "device",    "layout",  "memoryFormat",
      "Complex",   "string",    "bigint", "Generator", "string[]"};
  return kNames[static_cast<size_t>(kind)];
}

std::string TypeName(const Parameter& parameter) {
  static const char* const kNames[] = {"Tensor",
                                       "int",
                                       "number",
                                       "boolean",
                                       "Scalar",
                                       "string",
                                       "dtype",
                                       "layout",
                                       "device",
                                       "memoryFormat",
                                       "Generator",
                                       "Tensor[]",
                                       "(Tensor | null)[]",
                                       "int[]",
                                       "number[]",
                                       "boolean[]",
                                       "Scalar[]",
                                       "string[]",
                                       "unsupported"};
  std::string name = kNames[static_cast<size_t>(parameter.type)];
  if (parameter.broadcasts) {
    name = (parameter.type == ParameterType::kInts     ? "int | "
            : parameter.type == ParameterType::kFloats ? "number | "
                                                       : "boolean | ") +
           name;
  }
  if (parameter.optional) name += " | null";
  return name;
}

std::string Got(const Argument& argument) {
  std::ostringstream text;
  text << KindName(argument.kind);
  if (argument.kind == Kind::kNumber) text << ' ' << argument.number;
  return text.str();
}

bool RefuseArgument(Reason reason, const Parameter& parameter, const Argument& argument) {
  if (reason != nullptr) {
    *reason = "argument `" + parameter.name + "` must be " + TypeName(parameter) + ", not " +
              Got(argument);
  }
  return false;
}

// Whether `name` is an option of factories that `out` answers already; where the two differ, it
// throws as Python does.
bool AgreesWithOut(const Operator& op, const Call& call, const Slots& slots, int32_t name,
                   const Argument& argument) {
  static const int32_t kOutName = InternName("out"), kDType = InternName("dtype"),
                       kLayout = InternName("layout"), kDevice = InternName("device"),
                       kPinMemory = InternName("pinMemory");
  const bool known = name == kDType || name == kLayout || name == kDevice || name == kPinMemory;
  if (!op.takes_tensor_options || !known) return false;
  if (argument.kind == Kind::kNull) return true;
  const Argument* out = nullptr;
  for (size_t i = call.positional; i < call.count; ++i) {
    if (call.names[i] == kOutName) out = &call.arguments[i];
  }
  if (out == nullptr || out->kind != Kind::kTensor) return false;
  const at::Tensor& tensor = slots.Get(static_cast<TensorId>(out->number));
  const auto code = static_cast<int>(argument.number);
  const bool differs =
      (argument.kind == Kind::kDType && code != static_cast<int>(tensor.scalar_type())) ||
      (argument.kind == Kind::kLayout && code != static_cast<int>(tensor.layout())) ||
      (argument.kind == Kind::kDevice && code / 256 != static_cast<int>(tensor.device().type()));
  if (differs) {
    throw Error(ErrorClass::kTorch, "ERR_ARGUMENT",
                CamelCase(op.name) + "(): `" + NameOf(name) + "` is not that of `out`");
  }
  return true;
}

bool BindNamed(const Operator& op, const Overload& overload, const Call& call, const Slots& slots,
               Binding& binding, Reason reason) {
  static const int32_t kOutName = InternName("out");
  for (size_t i = call.positional; i < call.count; ++i) {
    const Argument& argument = call.arguments[i];
    if (argument.kind == Kind::kUndefined) continue;
    const int32_t name = call.names[i];
    if (name == kOutName && overload.out_count > 0) {
      const bool fits = overload.out_count == 1 ? argument.kind == Kind::kTensor
                                                : argument.kind == Kind::kTensors &&
                                                      argument.length == overload.out_count;
      if (!fits) {
        if (reason != nullptr) {
          *reason = overload.out_count == 1 ? "`out` must be a Tensor, not " + Got(argument)
                                            : "`out` must be a list of " +
                                                  std::to_string(overload.out_count) + " tensors";
        }
        return false;
      }
      binding.out_argument = static_cast<int16_t>(i);
      continue;
    }
    size_t index = 0;
    while (index < overload.parameters.size() &&
           (overload.parameters[index].name_id != name || overload.parameters[index].out)) {
      ++index;
    }
    if (index == overload.parameters.size()) {
      if (overload.out_count == 1 && AgreesWithOut(op, call, slots, name, argument)) continue;
      if (reason != nullptr) *reason = "unknown option `" + NameOf(name) + "`";
      return false;
    }
    if (binding.source[index] != Binding::kDefault) {
      if (reason != nullptr) *reason = "`" + NameOf(name) + "` is given by position and by name";
      return false;
    }
    const Parameter& parameter = overload.parameters[index];
    if (!Accepts(parameter, argument, slots, op.numbers_as_tensors)) {
      return RefuseArgument(reason, parameter, argument);
    }
    binding.source[index] = static_cast<int16_t>(i);
  }
  return true;
}

bool IsVariadicCall(const Overload& overload, const Call& call, size_t start) {
  if (!overload.variadic || call.positional <= start) return false;
  if (call.positional == start + 1 && overload.parameters[overload.positional[start]].broadcasts) {
    return false;
  }
  for (size_t i = start; i < call.positional; ++i) {
    if (call.arguments[i].kind != Kind::kNumber || !IsIntegral(call.arguments[i].number)) {
      return false;
    }
  }
  return true;
}

bool Bind(const Operator& op, const Overload& overload, const Call& call, const Slots& slots,
          Binding& binding, Reason reason) {
  std::fill_n(binding.source.begin(), overload.parameters.size(), Binding::kDefault);
  binding.out_argument = -1;
  size_t positional = call.positional;
  const size_t list_start = overload.positional.size() - (overload.variadic ? 1 : 0);
  if (IsVariadicCall(overload, call, list_start)) {
    binding.source[overload.positional[list_start]] = Binding::kVariadic;
    binding.variadic_start = list_start;
    positional = list_start;
  } else if (positional > overload.positional.size()) {
    if (reason != nullptr) {
      const size_t hidden = op.is_method ? 1 : 0;
      *reason = "takes at most " + std::to_string(overload.positional.size() - hidden) +
                " positional arguments, got " + std::to_string(positional - hidden);
    }
    return false;
  }
  for (size_t i = 0; i < positional; ++i) {
    const Argument& argument = call.arguments[i];
    if (argument.kind == Kind::kUndefined) continue;
    const Parameter& parameter = overload.parameters[overload.positional[i]];
    if (!Accepts(parameter, argument, slots, op.numbers_as_tensors)) {
      return RefuseArgument(reason, parameter, argument);
    }
    binding.source[overload.positional[i]] = static_cast<int16_t>(i);
  }
  if (call.count > call.positional && !BindNamed(op, overload, call, slots, binding, reason)) {
    return false;
  }
  for (size_t i = 0; i < overload.parameters.size(); ++i) {
    const Parameter& parameter = overload.parameters[i];
    if (parameter.out) {
      if (binding.out_argument < 0) return false;
      binding.source[i] = Binding::kOut;
    } else if (binding.source[i] == Binding::kDefault && !parameter.has_default) {
      if (reason != nullptr) *reason = "missing argument `" + parameter.name + "`";
      return false;
    }
  }
  return true;
}

[[noreturn]] void ThrowMismatch(const Operator& op, const Call& call, const Slots& slots) {
  static const int32_t kOutName = InternName("out");
  bool wants_out = false;
  for (size_t i = call.positional; i < call.count; ++i) wants_out |= call.names[i] == kOutName;
  std::vector<const Overload*> candidates;
  for (const Overload& overload : op.overloads) {
    if ((overload.out_count > 0) == wants_out) candidates.push_back(&overload);
  }
  std::string text = CamelCase(op.name) + "(): ";
  if (candidates.size() == 1) {
    Binding binding;
    std::string reason;
    Bind(op, *candidates[0], call, slots, binding, &reason);
    text += reason + "; it is called as " + CamelCase(op.name) + candidates[0]->ToString();
  } else if (candidates.empty()) {
    text += "it takes no `out`";
  } else {
    text += "no form of it takes (";
    for (size_t i = op.is_method ? 1 : 0; i < call.count; ++i) {
      if (i > (op.is_method ? 1u : 0u)) text += ", ";
      if (i >= call.positional) text += NameOf(call.names[i]) + ": ";
      text += Got(call.arguments[i]);
    }
    text += "); it is called as one of";
    for (const Overload* candidate : candidates) {
      text += "\n  " + CamelCase(op.name) + candidate->ToString();
    }
  }
  throw Error(ErrorClass::kType, "ERR_ARGUMENT", text);
}

}  // namespace

int32_t InternName(const std::string& name) {
  const std::lock_guard<std::mutex> lock(names_mutex);
  const auto found = name_ids.find(name);
  if (found != name_ids.end()) return found->second;
  const int32_t id = static_cast<int32_t>(names.size());
  names.push_back(name);
  name_ids.emplace(name, id);
  return id;
}

const std::string& NameOf(int32_t id) {
  static const std::string kUnknown = "?";
  const std::lock_guard<std::mutex> lock(names_mutex);
  return id >= 0 && static_cast<size_t>(id) < names.size() ? names[id] : kUnknown;
}

std::string CamelCase(const std::string& name) {
  std::string result;
  bool raise = false;
  const size_t first = name.find_first_not_of('_');
  const size_t last = name.find_last_not_of('_');
  for (size_t i = 0; i < name.size(); ++i) {
    const bool inside = first != std::string::npos && i > first && i < last;
    if (inside && name[i] == '_') {
      raise = true;
      continue;
    }
    result +=
        raise ? static_cast<char>(std::toupper(static_cast<unsigned char>(name[i]))) : name[i];
    raise = false;
  }
  return result;
}

std::string Overload::ToString() const {
  std::string text = "(";
  bool keyword_only = false;
  bool first = true;
  for (size_t i = 0; i < parameters.size(); ++i) {
    const Parameter& parameter = parameters[i];
    if (parameter.name == "self") continue;
    if (!first) text += ", ";
    first = false;
    if (parameter.keyword_only && !keyword_only) text += "{ ";
    keyword_only = parameter.keyword_only;
    text += parameter.name + (parameter.has_default ? "?: " : ": ") + TypeName(parameter);
  }
  return text + (keyword_only ? " })" : ")");
}

Operator BuildOperator(const std::string& name, bool is_method,
                       const std::vector<std::string>& overloads) {
  Operator op;
  op.name = name;
  op.is_method = is_method;
  for (const std::string& full_name : overloads) {
    const size_t scope = full_name.find("::");
    const size_t dot = full_name.find('.', scope == std::string::npos ? 0 : scope);
    std::string base = full_name.substr(0, dot);
    if (scope == std::string::npos) base = "aten::" + base;
    const std::string variant = dot == std::string::npos ? "" : full_name.substr(dot + 1);
    const auto handle = c10::Dispatcher::singleton().findSchema({base, variant});
    if (!handle || handle->schema().arguments().size() > Overload::kMaxParameters) continue;
    op.overloads.push_back(BuildOverload(*handle, is_method));
    op.numbers_as_tensors = TakesNumbersAsTensors(base.substr(6));
    for (const Parameter& parameter : op.overloads.back().parameters) {
      op.takes_tensor_options |= parameter.name == "pinMemory";
    }
  }
  if (op.overloads.empty()) {
    throw Error(ErrorClass::kNotImplemented, "ERR_NO_OPERATOR",
                "this libtorch has no operator `" + name + "`");
  }
  op.result_names.resize(op.overloads.size());
  return op;
}

const Overload& Match(const Operator& op, const Call& call, const Slots& slots, Binding& binding) {
  for (const Overload& overload : op.overloads) {
    if (Bind(op, overload, call, slots, binding, nullptr)) return overload;
  }
  ThrowMismatch(op, call, slots);
}

}  // namespace sconce

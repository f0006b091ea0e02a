#include "convert.h"

#include <ATen/DeviceAccelerator.h>
#include <ATen/ScalarOps.h>
#include <ATen/core/Generator.h>
#include <ATen/detail/CUDAHooksInterface.h>

#include <cmath>
#include <sstream>

#include "cuda-state.h"
#include "error.h"
#include "runtime.h"

namespace sconce {

std::string ToString(napi_env env, napi_value value) {
  size_t length = 0;
  CheckStatus(env, napi_get_value_string_utf8(env, value, nullptr, 0, &length));
  std::string text(length, '\0');
  CheckStatus(env, napi_get_value_string_utf8(env, value, text.data(), length + 1, &length));
  return text;
}

int64_t ToInt64(napi_env env, napi_value bigint) {
  int64_t value = 0;
  bool lossless = false;
  CheckStatus(env, napi_get_value_bigint_int64(env, bigint, &value, &lossless));
  if (!lossless) {
    throw Error(ErrorClass::kValue, "ERR_VALUE", "this bigint does not fit into 64 signed bits");
  }
  return value;
}

napi_value FromString(napi_env env, const std::string& text) {
  napi_value value;
  CheckStatus(env, napi_create_string_utf8(env, text.data(), text.size(), &value));
  return value;
}

napi_value FromScalar(napi_env env, const c10::Scalar& scalar) {
  napi_value value;
  if (scalar.isBoolean()) {
    CheckStatus(env, napi_get_boolean(env, scalar.toBool(), &value));
  } else if (scalar.isComplex()) {
    const auto number = scalar.toComplexDouble();
    napi_value part;
    CheckStatus(env, napi_create_array_with_length(env, 2, &value));
    CheckStatus(env, napi_create_double(env, number.real(), &part));
    CheckStatus(env, napi_set_element(env, value, 0, part));
    CheckStatus(env, napi_create_double(env, number.imag(), &part));
    CheckStatus(env, napi_set_element(env, value, 1, part));
  } else if (scalar.type() == at::kUInt64 && scalar.toUInt64() > (uint64_t{1} << 53)) {
    CheckStatus(env, napi_create_bigint_uint64(env, scalar.toUInt64(), &value));
  } else if (scalar.isIntegral(/*includeBool=*/false)) {
    const int64_t number = scalar.toLong();
    // A bigint tells JS that no double holds the number; JS decides what to make of it.
    if (std::abs(static_cast<double>(number)) > 0x1.fffffffffffffp52) {
      CheckStatus(env, napi_create_bigint_int64(env, number, &value));
    } else {
      CheckStatus(env, napi_create_double(env, static_cast<double>(number), &value));
    }
  } else {
    CheckStatus(env, napi_create_double(env, scalar.toDouble(), &value));
  }
  return value;
}

double DeviceCode(const c10::Device& device) {
  return static_cast<double>(device.type()) * 256 + (device.has_index() ? device.index() + 1 : 0);
}

namespace {

c10::Device CheckDevice(const c10::Device& device) {
  if (device.is_cuda()) {
    InitCuda();
    const int count = at::detail::getCUDAHooks().deviceCount();
    if (device.has_index() && device.index() >= count) {
      throw Error(
          ErrorClass::kTorch, "ERR_DEVICE",
          "invalid device 'cuda:" + std::to_string(device.index()) + "': there " +
              (count == 1 ? "is 1 CUDA device" : "are " + std::to_string(count) + " CUDA devices") +
              ", counted from 0");
    }
  }
  return device;
}

}  // namespace

c10::Device ToDevice(double code) {
  const int number = static_cast<int>(code);
  return CheckDevice({static_cast<c10::DeviceType>(number / 256),
                      static_cast<c10::DeviceIndex>(number % 256 - 1)});
}

namespace {

[[noreturn]] void ThrowElement(const Parameter& parameter, size_t index, const char* wanted,
                               double got) {
  std::ostringstream text;
  text << "argument `" << parameter.name << "`: element " << index << " must be " << wanted
       << ", got " << got;
  throw Error(ErrorClass::kType, "ERR_ARGUMENT", text.str());
}

c10::Scalar NumberToScalar(double number) {
  if (number == std::trunc(number) && std::abs(number) < 0x1p63) {
    return static_cast<int64_t>(number);
  }
  return number;
}

c10::Scalar ToScalar(Environment& environment, const Argument& argument) {
  switch (argument.kind) {
    case Kind::kBoolean: return argument.number != 0;
    case Kind::kBigInt: return ToInt64(environment.env, argument.value);
    case Kind::kTensor: return environment.slots.Get(static_cast<TensorId>(argument.number)).item();
    case Kind::kComplex: return c10::complex<double>(argument.list[0], argument.list[1]);
    default: return NumberToScalar(argument.number);
  }
}

at::Tensor ToTensor(Environment& environment, const Argument& argument) {
  if (argument.kind == Kind::kTensor) {
    return environment.slots.Get(static_cast<TensorId>(argument.number));
  }
  at::Tensor number = at::scalar_to_tensor(ToScalar(environment, argument));
  number.unsafeGetTensorImpl()->set_wrapped_number(true);
  return number;
}

c10::IValue ToInts(const Parameter& parameter, const Argument& argument) {
  std::vector<int64_t> values;
  if (argument.kind == Kind::kNumber) {
    values.assign(static_cast<size_t>(parameter.fixed_size), static_cast<int64_t>(argument.number));
  } else {
    values.reserve(argument.length);
    for (size_t i = 0; i < argument.length; ++i) {
      const double number = argument.list[i];
      if (number != std::trunc(number) || std::abs(number) >= 0x1p63) {
        ThrowElement(parameter, i, "an integer", number);
      }
      values.push_back(static_cast<int64_t>(number));
    }
  }
  return c10::IValue(std::move(values));
}

c10::IValue ToFloats(const Parameter& parameter, const Argument& argument) {
  if (argument.kind == Kind::kNumber) {
    return c10::IValue(
        std::vector<double>(static_cast<size_t>(parameter.fixed_size), argument.number));
  }
  return c10::IValue(std::vector<double>(argument.list, argument.list + argument.length));
}

c10::IValue ToBools(const Parameter& parameter, const Argument& argument) {
  c10::List<bool> values;
  if (argument.kind == Kind::kBoolean) {
    for (int i = 0; i < parameter.fixed_size; ++i) values.push_back(argument.number != 0);
  } else {
    for (size_t i = 0; i < argument.length; ++i) values.push_back(argument.list[i] != 0);
  }
  return values;
}

c10::IValue ToScalars(const Argument& argument) {
  c10::List<c10::Scalar> values;
  values.reserve(argument.length);
  for (size_t i = 0; i < argument.length; ++i) {
    values.push_back(argument.kind == Kind::kBooleans ? c10::Scalar(argument.list[i] != 0)
                                                      : NumberToScalar(argument.list[i]));
  }
  return c10::impl::toList(values);
}

c10::IValue ToTensors(Environment& environment, const Parameter& parameter,
                      const Argument& argument) {
  c10::List<at::Tensor> values;
  values.reserve(argument.length);
  for (size_t i = 0; i < argument.length; ++i) {
    if (argument.list[i] == 0) {
      throw Error(ErrorClass::kType, "ERR_ARGUMENT",
                  "argument `" + parameter.name + "`: element " + std::to_string(i) +
                      " must be a Tensor, not null");
    }
    values.push_back(environment.slots.Get(static_cast<TensorId>(argument.list[i])));
  }
  return values;
}

c10::IValue ToOptionalTensors(Environment& environment, const Argument& argument) {
  c10::List<std::optional<at::Tensor>> values;
  values.reserve(argument.length);
  for (size_t i = 0; i < argument.length; ++i) {
    if (argument.list[i] == 0) {
      values.push_back(std::nullopt);
    } else {
      values.push_back(environment.slots.Get(static_cast<TensorId>(argument.list[i])));
    }
  }
  return values;
}

c10::IValue ToStrings(Environment& environment, const Argument& argument) {
  c10::List<std::string> values;
  uint32_t length = 0;
  if (argument.value != nullptr) {
    CheckStatus(environment.env, napi_get_array_length(environment.env, argument.value, &length));
  }
  for (uint32_t i = 0; i < length; ++i) {
    napi_value element;
    CheckStatus(environment.env, napi_get_element(environment.env, argument.value, i, &element));
    values.push_back(ToString(environment.env, element));
  }
  return values;
}

}  // namespace

c10::IValue ToIValue(Environment& environment, const Parameter& parameter,
                     const Argument& argument) {
  if (argument.kind == Kind::kNull) return {};
  switch (parameter.type) {
    case ParameterType::kTensor: return ToTensor(environment, argument);
    case ParameterType::kInt:
      if (argument.kind == Kind::kBigInt) return ToInt64(environment.env, argument.value);
      if (argument.kind == Kind::kTensor) return ToScalar(environment, argument).toLong();
      return static_cast<int64_t>(argument.number);
    case ParameterType::kFloat:
      return argument.kind == Kind::kTensor ? ToScalar(environment, argument).toDouble()
                                            : argument.number;
    case ParameterType::kBool: return argument.number != 0;
    case ParameterType::kScalar: return ToScalar(environment, argument);
    case ParameterType::kString: return ToString(environment.env, argument.value);
    case ParameterType::kScalarType:
    case ParameterType::kLayout:
    case ParameterType::kMemoryFormat: return static_cast<int64_t>(argument.number);
    case ParameterType::kDevice:
      if (argument.kind == Kind::kString) {
        return CheckDevice(c10::Device(ToString(environment.env, argument.value)));
      }
      return argument.kind == Kind::kNumber
                 ? CheckDevice(
                       {c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(argument.number)})
                 : ToDevice(argument.number);
    case ParameterType::kGenerator: return ToGenerator(environment, argument.value);
    case ParameterType::kTensors: return ToTensors(environment, parameter, argument);
    case ParameterType::kOptionalTensors: return ToOptionalTensors(environment, argument);
    case ParameterType::kInts: return ToInts(parameter, argument);
    case ParameterType::kFloats: return ToFloats(parameter, argument);
    case ParameterType::kBools: return ToBools(parameter, argument);
    case ParameterType::kScalars: return ToScalars(argument);
    case ParameterType::kStrings: return ToStrings(environment, argument);
    case ParameterType::kUnsupported: break;
  }
  return {};
}

napi_value FromIValue(napi_env env, const c10::IValue& value) {
  napi_value result;
  if (value.isNone()) {
    CheckStatus(env, napi_get_null(env, &result));
  } else if (value.isScalar() || value.isSymInt() || value.isSymFloat() || value.isSymBool()) {
    if (value.isSymInt()) return FromScalar(env, value.toSymInt().expect_int());
    if (value.isSymFloat()) return FromScalar(env, value.toSymFloat().expect_float());
    if (value.isSymBool()) return FromScalar(env, value.toSymBool().guard_bool(__FILE__, __LINE__));
    return FromScalar(env, value.toScalar());
  } else if (value.isString()) {
    return FromString(env, value.toStringRef());
  } else if (value.isList()) {
    const auto list = value.toListRef();
    CheckStatus(env, napi_create_array_with_length(env, list.size(), &result));
    for (size_t i = 0; i < list.size(); ++i) {
      CheckStatus(
          env, napi_set_element(env, result, static_cast<uint32_t>(i), FromIValue(env, list[i])));
    }
  } else {
    return FromString(env, value.tagKind());
  }
  return result;
}

}  // namespace sconce

#include "entry.h"

#include "convert.h"
#include "js-call.h"

namespace sconce {

Arguments::Arguments(napi_env env, napi_callback_info info) : env_(env) {
  void* data = nullptr;
  napi_get_cb_info(env, info, &count_, values_, nullptr, &data);
  environment_ = static_cast<Environment*>(data);
}

bool Arguments::Has(size_t index) const {
  napi_valuetype type = napi_undefined;
  if (index < count_) CheckStatus(env_, napi_typeof(env_, values_[index], &type));
  return type != napi_undefined && type != napi_null;
}

int32_t Arguments::Int32(size_t index) const {
  int32_t value = 0;
  CheckStatus(env_, napi_get_value_int32(env_, values_[index], &value));
  return value;
}

double Arguments::Double(size_t index) const {
  double value = 0;
  CheckStatus(env_, napi_get_value_double(env_, values_[index], &value));
  return value;
}

bool Arguments::Boolean(size_t index) const {
  bool value = false;
  CheckStatus(env_, napi_get_value_bool(env_, values_[index], &value));
  return value;
}

std::string Arguments::String(size_t index) const { return ToString(env_, values_[index]); }

const at::Tensor& Arguments::Tensor(size_t index) const {
  return environment_->slots.Get(Int32(index));
}

std::vector<at::Tensor> Arguments::Tensors(size_t index) const {
  return FromIds(*environment_, values_[index]);
}

void* Arguments::TypedArray(size_t index, size_t& length) const {
  void* data = nullptr;
  CheckStatus(env_, napi_get_typedarray_info(env_, values_[index], nullptr, &length, &data, nullptr,
                                             nullptr));
  return data;
}

napi_value Arguments::Number(double value) const {
  napi_value result;
  CheckStatus(env_, napi_create_double(env_, value, &result));
  return result;
}

napi_value Arguments::Bool(bool value) const {
  napi_value result;
  CheckStatus(env_, napi_get_boolean(env_, value, &result));
  return result;
}

napi_value Arguments::Numbers(c10::ArrayRef<int64_t> values) const {
  napi_value array;
  CheckStatus(env_, napi_create_array_with_length(env_, values.size(), &array));
  for (size_t i = 0; i < values.size(); ++i) {
    CheckStatus(env_, napi_set_element(env_, array, static_cast<uint32_t>(i),
                                       Number(static_cast<double>(values[i]))));
  }
  return array;
}

napi_value Arguments::Strings(const std::vector<std::string>& values) const {
  napi_value array;
  CheckStatus(env_, napi_create_array_with_length(env_, values.size(), &array));
  for (size_t i = 0; i < values.size(); ++i) {
    CheckStatus(
        env_, napi_set_element(env_, array, static_cast<uint32_t>(i), FromString(env_, values[i])));
  }
  return array;
}

napi_value Arguments::NewTensor(at::Tensor tensor, size_t holder) const {
  return Number(environment_->slots.Add(std::move(tensor), values_[holder]));
}

napi_value Arguments::NewTensors(const std::vector<at::Tensor>& tensors) const {
  return ToIds(*environment_, tensors);
}

void DefineRaw(napi_env env, napi_value exports, const char* name, napi_callback callback) {
  void* environment = nullptr;
  CheckStatus(env, napi_get_instance_data(env, &environment));
  napi_value function;
  CheckStatus(env,
              napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, environment, &function));
  CheckStatus(env, napi_set_named_property(env, exports, name, function));
}

}  // namespace sconce

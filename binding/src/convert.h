#pragma once

#include <ATen/core/ivalue.h>
#include <c10/core/Device.h>
#include <c10/core/Scalar.h>
#include <node_api.h>

#include <string>

#include "signature.h"

namespace sconce {

struct Environment;

std::string ToString(napi_env env, napi_value value);
int64_t ToInt64(napi_env env, napi_value bigint);
napi_value FromString(napi_env env, const std::string& text);
napi_value FromScalar(napi_env env, const c10::Scalar& scalar);

// A device's number in JS: its type times 256, plus its index and one (0: no index).
double DeviceCode(const c10::Device& device);
// Throws where the device is one that this libtorch or this machine does not have.
c10::Device ToDevice(double code);

// The value of `argument` as the schema's parameter wants it. Matching has checked the kinds;
// elements of lists are checked here.
c10::IValue ToIValue(Environment& environment, const Parameter& parameter,
                     const Argument& argument);

// What is neither a tensor nor a list of tensors: numbers, booleans, strings, null.
napi_value FromIValue(napi_env env, const c10::IValue& value);

}  // namespace sconce

#pragma once

#include <ATen/core/Generator.h>
#include <node_api.h>

namespace sconce {

struct Environment;

// Seeds, generators, threads, versions and devices.
void InitRuntime(napi_env env, napi_value exports);

// The generator whose number `value` is.
at::Generator ToGenerator(Environment& environment, napi_value value);

// A seed of 64 bits, from a bigint.
uint64_t ToSeed(napi_env env, napi_value bigint);

}  // namespace sconce

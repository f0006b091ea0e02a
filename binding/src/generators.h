#pragma once

#include <ATen/core/Generator.h>
#include <node_api.h>

#include <vector>

namespace sconce {

struct Environment;

// The random generators that JS holds: like tensors, by number and with a weak reference.
struct Generators {
  struct Entry {
    at::Generator generator;
    napi_ref holder = nullptr;
  };
  std::vector<Entry> entries;

  int32_t Add(napi_env env, at::Generator generator, napi_value holder);
  const at::Generator& Get(int32_t id) const;
};

}  // namespace sconce

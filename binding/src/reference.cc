#include "reference.h"

#include <memory>

#include "error.h"

namespace sconce {

namespace {

struct Kept {
  napi_env env;
  napi_ref ref;
};

void Delete(void* data) {
  const std::unique_ptr<Kept> kept(static_cast<Kept*>(data));
  napi_delete_reference(kept->env, kept->ref);
}

}  // namespace

napi_ref KeepWithEnv(napi_env env, napi_value value) {
  auto kept = std::make_unique<Kept>(Kept{env, nullptr});
  CheckStatus(env, napi_create_reference(env, value, 1, &kept->ref));
  CheckStatus(env, napi_add_env_cleanup_hook(env, Delete, kept.get()));
  return kept.release()->ref;
}

}  // namespace sconce

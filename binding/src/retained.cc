#include "retained.h"

#include "error.h"

namespace sconce {

void Graveyard::Bury(napi_env env, napi_ref ref) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (closed_) return;
  if (std::this_thread::get_id() == thread) {
    napi_delete_reference(env, ref);
  } else {
    dead_.push_back(ref);
  }
}

void Graveyard::Empty(napi_env env) {
  std::vector<napi_ref> dead;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    dead.swap(dead_);
  }
  for (napi_ref ref : dead) napi_delete_reference(env, ref);
}

void Graveyard::Close() {
  const std::lock_guard<std::mutex> lock(mutex_);
  closed_ = true;
  dead_.clear();
}

Retained::Retained(Environment& environment, napi_value value)
    : env_(environment.env), graveyard_(environment.graveyard) {
  graveyard_->Empty(env_);
  CheckStatus(env_, napi_create_reference(env_, value, 1, &ref_));
}

Retained::~Retained() { graveyard_->Bury(env_, ref_); }

napi_value Retained::Value() const {
  napi_value value = nullptr;
  CheckStatus(env_, napi_get_reference_value(env_, ref_, &value));
  return value;
}

}  // namespace sconce

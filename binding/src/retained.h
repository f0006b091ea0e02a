#pragma once

#include <node_api.h>

#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace sconce {

struct Environment;

// References that other threads gave up, waiting for their own thread to delete them.
class Graveyard {
 public:
  // Deletes a reference: at once, where this is its thread.
  void Bury(napi_env env, napi_ref ref);
  void Empty(napi_env env);
  void Close();

  const std::thread::id thread = std::this_thread::get_id();

 private:
  std::mutex mutex_;
  std::vector<napi_ref> dead_;
  bool closed_ = false;
};

// A JS value kept alive by native code that may let go of it on any thread, and after the
// environment is gone.
class Retained {
 public:
  Retained(Environment& environment, napi_value value);
  ~Retained();
  Retained(const Retained&) = delete;
  Retained& operator=(const Retained&) = delete;

  napi_env env() const { return env_; }
  napi_ref ref() const { return ref_; }
  napi_value Value() const;
  bool OnOwnThread() const { return std::this_thread::get_id() == graveyard_->thread; }

 private:
  napi_env env_;
  napi_ref ref_ = nullptr;
  std::shared_ptr<Graveyard> graveyard_;
};

}  // namespace sconce

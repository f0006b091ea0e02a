#pragma once

#include <c10/util/Exception.h>
#include <node_api.h>

#include <string>
#include <utility>
#include <vector>

namespace sconce {

// libtorch's warnings on one JS thread, kept until its native call is over and JS may run.
class Warnings final : public c10::WarningHandler {
 public:
  explicit Warnings(napi_env env) : env_(env) {}

  // `receive(message, isDeprecation)`; without it warnings go to stderr, as libtorch does.
  void SetReceiver(napi_ref receive) { receive_ = receive; }

  void process(const c10::Warning& warning) override;

  bool pending() const { return !pending_.empty(); }
  void Deliver();

 private:
  napi_env env_;
  napi_ref receive_ = nullptr;
  std::vector<std::pair<std::string, bool>> pending_;
};

}  // namespace sconce

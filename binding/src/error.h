#pragma once

#include <node_api.h>

#include <exception>
#include <string>
#include <utility>

#include "environment.h"

namespace sconce {

// Thrown when a JS exception is pending already: unwinds the C++ frames and nothing else. It is a
// std::exception since libtorch's autograd engine tidies up after no others.
struct PendingException : std::exception {};

// An error of ours, with the JS class and code that it becomes.
class Error : public std::exception {
 public:
  Error(ErrorClass error_class, std::string code, std::string message)
      : error_class(error_class), code(std::move(code)), message_(std::move(message)) {}
  const char* what() const noexcept override { return message_.c_str(); }

  const ErrorClass error_class;
  const std::string code;

 private:
  std::string message_;
};

// Turns a failed Node-API status into a C++ exception.
void CheckStatus(napi_env env, napi_status status);

// Throws the C++ exception in flight as a JS error; `op` names the operator, or is null. What
// libtorch warned of before is told first.
void ThrowCurrentException(Environment& environment, const char* op) noexcept;

// Runs `body`, and turns whatever it throws into a pending JS exception.
template <class Body>
napi_value Guard(Environment& environment, Body&& body, const char* op = nullptr) noexcept {
  try {
    napi_value result = body();
    if (environment.warnings.pending()) environment.warnings.Deliver();
    return result;
  } catch (...) {
    ThrowCurrentException(environment, op);
    return nullptr;
  }
}

}  // namespace sconce

#include "warnings.h"

#include "error.h"

namespace sconce {

void Warnings::process(const c10::Warning& warning) {
  if (receive_ == nullptr) {
    c10::WarningHandler::process(warning);
    return;
  }
  const auto type = warning.type();
  pending_.emplace_back(warning.msg(), std::holds_alternative<c10::DeprecationWarning>(type));
}

void Warnings::Deliver() {
  std::vector<std::pair<std::string, bool>> warnings;
  warnings.swap(pending_);
  napi_value function, receiver;
  CheckStatus(env_, napi_get_reference_value(env_, receive_, &function));
  CheckStatus(env_, napi_get_undefined(env_, &receiver));
  for (const auto& [message, is_deprecation] : warnings) {
    napi_value arguments[2];
    CheckStatus(env_, napi_create_string_utf8(env_, message.data(), message.size(), arguments));
    CheckStatus(env_, napi_get_boolean(env_, is_deprecation, arguments + 1));
    CheckStatus(env_, napi_call_function(env_, receiver, function, 2, arguments, nullptr));
  }
}

}  // namespace sconce

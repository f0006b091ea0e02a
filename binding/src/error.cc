#include "error.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <new>
#include <stdexcept>

#include "js-call.h"

namespace sconce {

void CheckStatus(napi_env env, napi_status status) {
  if (status == napi_ok) return;
  // First of all: every further call of Node-API overwrites what is known of this one.
  const napi_extended_error_info* info = nullptr;
  napi_get_last_error_info(env, &info);
  const char* message = info != nullptr ? info->error_message : nullptr;
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (pending) throw PendingException{};
  throw Error(ErrorClass::kType, "ERR_ARGUMENT",
              message != nullptr ? message : "Node-API call failed");
}

namespace {

void ThrowJs(Environment& environment, ErrorClass error_class, const std::string& code,
             const std::string& text, const char* op) noexcept {
  napi_env env = environment.env;
  napi_value message, constructor = nullptr;
  if (napi_create_string_utf8(env, text.data(), text.size(), &message) != napi_ok) return;
  napi_ref ref = environment.error_classes[static_cast<size_t>(error_class)];
  if (ref != nullptr) napi_get_reference_value(env, ref, &constructor);
  if (constructor == nullptr) {
    napi_throw_error(env, code.c_str(), text.c_str());
    return;
  }
  napi_value info, value, error;
  if (napi_create_object(env, &info) != napi_ok) return;
  napi_create_string_utf8(env, code.data(), code.size(), &value);
  napi_set_named_property(env, info, "code", value);
  if (op != nullptr) {
    napi_create_string_utf8(env, op, NAPI_AUTO_LENGTH, &value);
    napi_set_named_property(env, info, "op", value);
  }
  napi_value arguments[] = {message, info};
  if (napi_new_instance(env, constructor, 2, arguments, &error) == napi_ok) napi_throw(env, error);
}

// libtorch appends where in C++ it failed, and to a missing kernel where all others are; users are
// told what failed and no more.
std::string MessageOf(const c10::Error& error) {
  std::string message = error.what_without_backtrace();
  if (message.find("is only available for these backends") != std::string::npos) {
    message.resize(std::min(message.find("\n\n"), message.size()));
  }
  if (message.find("capturing") != std::string::npos ||
      message.find("during capture") != std::string::npos) {
    message +=
        ". A CUDA graph is being captured, and this call cannot be part of one: what reads values "
        "(item(), tolist(), cpu(), printing), what sizes its result by values (nonzero(), masks) "
        "and what waits for the GPU belongs before or after the capture";
  }
  return message;
}

}  // namespace

void ThrowCurrentException(Environment& environment, const char* op) noexcept {
  const auto fail = [&](ErrorClass error_class, const char* code, const std::string& text) {
    ThrowJs(environment, error_class, code, text, op);
  };
  try {
    bool pending = false;
    napi_is_exception_pending(environment.env, &pending);
    if (!pending && environment.warnings.pending()) environment.warnings.Deliver();
  } catch (const std::exception&) {
    // A receiver that throws has its say: nothing can be thrown beside it.
    return;
  }
  try {
    throw;
  } catch (const PendingException&) {
  } catch (const JsException& exception) {
    exception.Throw(environment.env);
  } catch (const Error& error) {
    fail(error.error_class, error.code.c_str(), error.what());
  } catch (const c10::IndexError& error) {
    fail(ErrorClass::kIndex, "ERR_INDEX", MessageOf(error));
  } catch (const c10::ValueError& error) {
    fail(ErrorClass::kValue, "ERR_VALUE", MessageOf(error));
  } catch (const c10::TypeError& error) {
    fail(ErrorClass::kType, "ERR_TYPE", MessageOf(error));
  } catch (const c10::NotImplementedError& error) {
    fail(ErrorClass::kNotImplemented, "ERR_NOT_IMPLEMENTED", MessageOf(error));
  } catch (const c10::LinAlgError& error) {
    fail(ErrorClass::kLinAlg, "ERR_LINALG", MessageOf(error));
  } catch (const c10::OutOfMemoryError& error) {
    fail(ErrorClass::kOutOfMemory, "ERR_OUT_OF_MEMORY",
         MessageOf(error) + " (" + environment.slots.Describe() + ")");
  } catch (const c10::Error& error) {
    fail(ErrorClass::kTorch, "ERR_TORCH", MessageOf(error));
  } catch (const std::bad_alloc&) {
    fail(ErrorClass::kOutOfMemory, "ERR_OUT_OF_MEMORY", "out of memory");
  } catch (const std::invalid_argument& error) {
    fail(ErrorClass::kValue, "ERR_VALUE", error.what());
  } catch (const std::exception& error) {
    fail(ErrorClass::kTorch, "ERR_TORCH", error.what());
  } catch (...) {
    fail(ErrorClass::kTorch, "ERR_TORCH", "an unknown C++ exception was thrown");
  }
}

}  // namespace sconce

#include "autocast.h"

#include "entry.h"
#include "error.h"

namespace sconce {

namespace {

c10::DeviceType DeviceTypeOf(const Arguments& arguments) {
  return static_cast<c10::DeviceType>(arguments.Int32(0));
}

napi_value IsAutocastEnabled(Environment&, const Arguments& arguments) {
  return arguments.Bool(at::autocast::is_autocast_enabled(DeviceTypeOf(arguments)));
}

napi_value SetAutocastEnabled(Environment&, const Arguments& arguments) {
  at::autocast::set_autocast_enabled(DeviceTypeOf(arguments), arguments.Boolean(1));
  return nullptr;
}

napi_value AutocastDType(Environment&, const Arguments& arguments) {
  const c10::ScalarType dtype = at::autocast::get_autocast_dtype(DeviceTypeOf(arguments));
  return arguments.Number(static_cast<double>(dtype));
}

napi_value SetAutocastDType(Environment&, const Arguments& arguments) {
  at::autocast::set_autocast_dtype(DeviceTypeOf(arguments),
                                   static_cast<c10::ScalarType>(arguments.Int32(1)));
  return nullptr;
}

napi_value ClearAutocastCache(Environment&, const Arguments&) {
  at::autocast::clear_cache();
  return nullptr;
}

// autocastNesting(enter): how deep it is, after going in or out.
napi_value AutocastNesting(Environment&, const Arguments& arguments) {
  return arguments.Number(arguments.Boolean(0) ? at::autocast::increment_nesting()
                                               : at::autocast::decrement_nesting());
}

napi_value IsAutocastCacheEnabled(Environment&, const Arguments& arguments) {
  return arguments.Bool(at::autocast::is_autocast_cache_enabled());
}

napi_value SetAutocastCacheEnabled(Environment&, const Arguments& arguments) {
  at::autocast::set_autocast_cache_enabled(arguments.Boolean(0));
  return nullptr;
}

}  // namespace

void InitAutocast(napi_env env, napi_value exports) {
  Define<IsAutocastEnabled>(env, exports, "isAutocastEnabled");
  Define<SetAutocastEnabled>(env, exports, "setAutocastEnabled");
  Define<AutocastDType>(env, exports, "autocastDType");
  Define<SetAutocastDType>(env, exports, "setAutocastDType");
  Define<ClearAutocastCache>(env, exports, "clearAutocastCache");
  Define<AutocastNesting>(env, exports, "autocastNesting");
  Define<IsAutocastCacheEnabled>(env, exports, "isAutocastCacheEnabled");
  Define<SetAutocastCacheEnabled>(env, exports, "setAutocastCacheEnabled");
}

}  // namespace sconce

#include "libm.h"

#include <cmath>

#include "entry.h"

namespace sconce {

namespace {

// pow(base, exponent): number
napi_value Pow(Environment&, const Arguments& arguments) {
  return arguments.Number(std::pow(arguments.Double(0), arguments.Double(1)));
}

// cos(x): number
napi_value Cos(Environment&, const Arguments& arguments) {
  return arguments.Number(std::cos(arguments.Double(0)));
}

// log(x): number
napi_value Log(Environment&, const Arguments& arguments) {
  return arguments.Number(std::log(arguments.Double(0)));
}

}  // namespace

void InitLibm(napi_env env, napi_value exports) {
  Define<Pow>(env, exports, "pow");
  Define<Cos>(env, exports, "cos");
  Define<Log>(env, exports, "log");
}

}  // namespace sconce

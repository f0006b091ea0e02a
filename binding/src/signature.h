#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <node_api.h>

#include <array>
#include <string>
#include <vector>

#include "guards.h"
#include "slots.h"
#include "unboxed.h"

namespace sconce {

// What an argument is in JS. The numbers are those of lib/dispatch.ts.
enum class Kind : uint8_t {
  kUndefined = 0,
  kTensor = 1,
  kNumber = 2,
  kBoolean = 3,
  kNull = 4,
  kNumbers = 5,
  kTensors = 6,
  kBooleans = 7,
  kDType = 8,
  kDevice = 9,
  kLayout = 10,
  kMemoryFormat = 11,
  kComplex = 12,
  kString = 13,
  kBigInt = 14,
  kGenerator = 15,
  kStrings = 16,
};

// One argument of a call. Numbers, tensor ids and codes are in `number`; a list is in `list`, as
// doubles; strings, bigints and generators are in `value`.
struct Argument {
  Kind kind;
  double number;
  const double* list;
  size_t length;
  napi_value value;
};

// A call as JS makes it: positional arguments first, named ones behind them. Only `count` of the
// arguments are initialized: clearing all of them would cost more than reading the usual two.
struct Call {
  static constexpr size_t kMaxArguments = 40;
  std::array<Argument, kMaxArguments> arguments;
  size_t positional = 0;
  size_t count = 0;
  std::array<int32_t, kMaxArguments> names;
};

enum class ParameterType : uint8_t {
  kTensor,
  kInt,
  kFloat,
  kBool,
  kScalar,
  kString,
  kScalarType,
  kLayout,
  kDevice,
  kMemoryFormat,
  kGenerator,
  kTensors,
  kOptionalTensors,
  kInts,
  kFloats,
  kBools,
  kScalars,
  kStrings,
  kUnsupported,
};

struct Parameter {
  std::string name;
  int32_t name_id = 0;
  ParameterType type = ParameterType::kUnsupported;
  bool optional = false;
  bool keyword_only = false;
  bool out = false;
  bool has_default = false;
  // For `int[2]` and its like: a lone number stands for that many.
  bool broadcasts = false;
  int32_t fixed_size = 0;
  c10::IValue default_value;
};

struct Result {
  enum class Type : uint8_t { kTensor, kTensors, kOther } type = Type::kOther;
  // The parameter that comes back as this result (in-place and out forms), or -1.
  int alias = -1;
  std::string name;
};

// One registered schema, ready for parsing calls.
struct Overload {
  static constexpr size_t kMaxParameters = 40;

  c10::OperatorHandle handle;
  std::vector<Parameter> parameters;
  // Which parameter each positional argument is.
  std::vector<uint8_t> positional;
  std::vector<Result> results;
  // `x.view(2, 3)`: numbers in place of the only list.
  bool variadic = false;
  size_t out_count = 0;
  UnboxedCall unboxed;
  // Makes a tensor of none: there is nothing that autograd or views would have to know.
  bool factory = false;
  // The parameter that torch.setDefaultDevice() stands in for, or -1.
  int default_device = -1;
  // What must be asked of the arguments first, or null.
  CallGuard guard = nullptr;

  std::string ToString() const;
};

// Where each parameter of an overload comes from.
struct Binding {
  static constexpr int16_t kDefault = -1;
  static constexpr int16_t kVariadic = -2;
  static constexpr int16_t kOut = -3;
  std::array<int16_t, Overload::kMaxParameters> source;
  // The argument that holds `out`.
  int16_t out_argument = -1;
  size_t variadic_start = 0;
};

// A name of JS: its overloads in the order in which they are tried.
struct Operator {
  std::string name;
  bool is_method = false;
  // `torch.add(2, x)`: a number may stand where the schema wants a tensor.
  bool numbers_as_tensors = false;
  // Makes a tensor of a dtype, layout and device, which may be said beside `out` too.
  bool takes_tensor_options = false;
  std::vector<Overload> overloads;
  // `{ values, indices }` on the results, by overload; created on first use.
  std::vector<napi_ref> result_names;
};

// Small numbers for parameter names, so that matching an option compares integers.
int32_t InternName(const std::string& name);
const std::string& NameOf(int32_t id);

// `weight_decay` -> `weightDecay`: the rule of scripts/codegen/naming.ts.
std::string CamelCase(const std::string& name);

// Reads the registered schemas; overloads that this libtorch does not have are left out.
Operator BuildOperator(const std::string& name, bool is_method,
                       const std::vector<std::string>& overloads);

// Finds the first overload that takes the call, or throws a TypeError that says why none does.
const Overload& Match(const Operator& op, const Call& call, const Slots& slots, Binding& binding);

}  // namespace sconce

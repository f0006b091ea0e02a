#include "dispatch.h"

#include <ATen/core/LegacyTypeDispatch.h>

#include <cmath>
#include <deque>
#include <optional>

#include "collectable.h"
#include "convert.h"
#include "entry.h"
#include "error.h"
#include "memory.h"
#include "recorder.h"
#include "reference.h"
#include "saved-hooks.h"

namespace sconce {

namespace {

constexpr size_t kMaxObjects = 6;

// Reads the call that JS wrote into the scratch memory. `objects` are what no number can carry.
void ReadCall(const OperatorTable& table, const napi_value* objects, Call& call) {
  call.positional = static_cast<size_t>(table.scratch[OperatorTable::kPositional]);
  call.count = static_cast<size_t>(table.scratch[OperatorTable::kCount]);
  if (call.count > Call::kMaxArguments || call.positional > call.count) {
    throw Error(ErrorClass::kType, "ERR_ARGUMENT",
                "a call takes at most " + std::to_string(Call::kMaxArguments) + " arguments");
  }
  for (size_t i = 0; i < call.count; ++i) {
    Argument& argument = call.arguments[i];
    argument.kind = static_cast<Kind>(table.kinds[i]);
    argument.number = table.scratch[OperatorTable::kValues + i];
    switch (argument.kind) {
      case Kind::kNumbers:
      case Kind::kTensors:
      case Kind::kBooleans:
      case Kind::kComplex: {
        const auto packed = static_cast<uint64_t>(argument.number);
        argument.list = table.scratch + (packed >> 26);
        argument.length = packed & ((1 << 26) - 1);
        break;
      }
      case Kind::kString:
      case Kind::kStrings:
      case Kind::kBigInt:
      case Kind::kGenerator: argument.value = objects[static_cast<size_t>(argument.number)]; break;
      default: break;
    }
    if (i >= call.positional) {
      call.names[i] = static_cast<int32_t>(table.scratch[OperatorTable::kNames + i]);
    }
  }
}

c10::IValue VariadicInts(const Call& call, size_t start) {
  std::vector<int64_t> values;
  values.reserve(call.positional - start);
  for (size_t i = start; i < call.positional; ++i) {
    values.push_back(static_cast<int64_t>(call.arguments[i].number));
  }
  return c10::IValue(std::move(values));
}

void BuildStack(Environment& environment, const Overload& overload, const Call& call,
                const Binding& binding, torch::jit::Stack& stack) {
  size_t out = 0;
  for (size_t i = 0; i < overload.parameters.size(); ++i) {
    const Parameter& parameter = overload.parameters[i];
    const int16_t source = binding.source[i];
    if (source >= 0) {
      const Argument& argument = call.arguments[static_cast<size_t>(source)];
      if (argument.kind == Kind::kTensor && parameter.type == ParameterType::kTensor) {
        stack.emplace_back(environment.slots.Get(static_cast<TensorId>(argument.number)));
      } else {
        stack.push_back(ToIValue(environment, parameter, argument));
      }
    } else if (source == Binding::kVariadic) {
      stack.push_back(VariadicInts(call, binding.variadic_start));
    } else if (source == Binding::kOut) {
      const Argument& argument = call.arguments[static_cast<size_t>(binding.out_argument)];
      const double id = argument.kind == Kind::kTensor ? argument.number : argument.list[out++];
      stack.emplace_back(environment.slots.Get(static_cast<TensorId>(id)));
    } else {
      stack.push_back(parameter.default_value);
    }
  }
}

// The id that the caller passed for a parameter, where it was one tensor; else 0.
TensorId TensorArgument(const Overload& overload, const Call& call, const Binding& binding,
                        size_t index) {
  const int16_t source = binding.source[index];
  if (source == Binding::kOut) {
    const Argument& argument = call.arguments[static_cast<size_t>(binding.out_argument)];
    if (argument.kind == Kind::kTensor) return static_cast<TensorId>(argument.number);
    size_t position = 0;
    for (size_t i = 0; i < index; ++i) position += overload.parameters[i].out ? 1 : 0;
    return static_cast<TensorId>(argument.list[position]);
  }
  if (source < 0) return 0;
  const Argument& argument = call.arguments[static_cast<size_t>(source)];
  return argument.kind == Kind::kTensor ? static_cast<TensorId>(argument.number) : 0;
}

// Turns what an operator returned into JS values; see `resultOf` in lib/dispatch.ts.
class ResultWriter {
 public:
  ResultWriter(Environment& environment, Operator& op, const Overload& overload, const Call& call,
               const Binding& binding)
      : environment_(environment),
        env_(environment.env),
        op_(op),
        overload_(overload),
        call_(call),
        binding_(binding) {}

  // The tensor's existing JS object where an argument came back, else null.
  napi_value Existing(const at::Tensor& tensor, const Result& result) {
    if (result.alias >= 0) {
      const TensorId id =
          TensorArgument(overload_, call_, binding_, static_cast<size_t>(result.alias));
      return id == 0 ? nullptr : environment_.slots.Holder(id);
    }
    // `x.contiguous()` of what is contiguous is `x` itself, as in Python.
    if (tensor.use_count() == 1) return nullptr;
    for (size_t i = 0; i < call_.count; ++i) {
      const Argument& argument = call_.arguments[i];
      if (argument.kind != Kind::kTensor) continue;
      const auto id = static_cast<TensorId>(argument.number);
      if (environment_.slots.Holds(id, tensor)) return environment_.slots.Holder(id);
    }
    return nullptr;
  }

  napi_value Number(double number) {
    napi_value value;
    CheckStatus(env_, napi_create_double(env_, number, &value));
    return value;
  }

  napi_value Tagged(int tag, uint32_t length) {
    napi_value array;
    CheckStatus(env_, napi_create_array_with_length(env_, length + 1, &array));
    Set(array, 0, Number(tag));
    return array;
  }

  void Set(napi_value array, uint32_t index, napi_value value) {
    CheckStatus(env_, napi_set_element(env_, array, index, value));
  }

  napi_value Fresh(at::Tensor tensor) {
    if (!tensor.defined()) {
      napi_value null;
      CheckStatus(env_, napi_get_null(env_, &null));
      return null;
    }
    return Number(environment_.slots.Add(std::move(tensor), nullptr));
  }

  napi_value Item(c10::IValue& value, const Result& result) {
    if (result.type == Result::Type::kTensor) {
      at::Tensor tensor = std::move(value).toTensor();
      napi_value existing = tensor.defined() ? Existing(tensor, result) : nullptr;
      return existing != nullptr ? existing : Fresh(std::move(tensor));
    }
    if (result.type == Result::Type::kTensors) {
      const auto tensors = value.toTensorVector();
      napi_value list = Tagged(kListTag, static_cast<uint32_t>(tensors.size()));
      for (size_t i = 0; i < tensors.size(); ++i) {
        Set(list, static_cast<uint32_t>(i + 1), Fresh(tensors[i]));
      }
      return list;
    }
    napi_value boxed = Tagged(kValueTag, 1);
    Set(boxed, 1, FromIValue(env_, value));
    return boxed;
  }

  napi_value Names() {
    const auto index = static_cast<size_t>(&overload_ - op_.overloads.data());
    napi_ref& ref = op_.result_names[index];
    napi_value names;
    if (ref != nullptr) {
      CheckStatus(env_, napi_get_reference_value(env_, ref, &names));
      return names;
    }
    CheckStatus(env_, napi_create_array(env_, &names));
    for (uint32_t i = 0; i < overload_.results.size(); ++i) {
      Set(names, i, FromString(env_, overload_.results[i].name));
    }
    ref = KeepWithEnv(env_, names);
    return names;
  }

  napi_value Tuple(torch::jit::Stack& stack) {
    const auto count = static_cast<uint32_t>(overload_.results.size());
    napi_value tuple = Tagged(count == 0 ? kValueTag : kTupleTag, count == 0 ? 0 : count + 1);
    if (count > 0) Set(tuple, 1, Names());
    for (uint32_t i = 0; i < count; ++i) Set(tuple, i + 2, Item(stack[i], overload_.results[i]));
    return tuple;
  }

 private:
  static constexpr int kValueTag = 0;
  static constexpr int kTupleTag = 1;
  static constexpr int kListTag = 2;

  Environment& environment_;
  napi_env env_;
  Operator& op_;
  const Overload& overload_;
  const Call& call_;
  const Binding& binding_;
};

// Borrows the thread's stack for one call.
class StackLease {
 public:
  explicit StackLease(OperatorTable& table) : table_(table) { stack.swap(table.stack); }
  ~StackLease() {
    stack.clear();
    if (table_.stack.capacity() < stack.capacity()) stack.swap(table_.stack);
  }
  torch::jit::Stack stack;

 private:
  OperatorTable& table_;
};

// One resulting tensor: an argument's own object where one came back, else a new slot.
napi_value WriteTensor(Environment& environment, ResultWriter& writer, const Result& result,
                       at::Tensor tensor, napi_value holder) {
  if (!tensor.defined()) return writer.Fresh(std::move(tensor));
  napi_value existing = writer.Existing(tensor, result);
  if (existing != nullptr) return existing;
  environment.operators.scratch[OperatorTable::kOperator] =
      environment.slots.Add(std::move(tensor), holder);
  return nullptr;
}

// A call whose lists are its own: JS that runs within it may call others, over the memory through
// which it came.
class OwnCall {
 public:
  explicit OwnCall(const Call& given) : call_(given) {
    for (size_t i = 0; i < call_.count; ++i) {
      Argument& argument = call_.arguments[i];
      switch (argument.kind) {
        case Kind::kNumbers:
        case Kind::kTensors:
        case Kind::kBooleans:
        case Kind::kComplex:
          lists_.emplace_back(argument.list, argument.list + argument.length);
          argument.list = lists_.back().data();
          break;
        default: break;
      }
    }
  }
  const Call& operator*() const { return call_; }

 private:
  Call call_;
  std::deque<std::vector<double>> lists_;
};

// Tells JS of the tensors that the operator is about to change.
void TellOfMutation(Environment& environment, const Overload& overload,
                    const torch::jit::Stack& stack) {
  std::vector<at::Tensor> changing;
  const auto& parameters = overload.handle.schema().arguments();
  for (size_t i = 0; i < parameters.size() && i < stack.size(); ++i) {
    const auto* alias = parameters[i].alias_info();
    if (alias == nullptr || !alias->isWrite()) continue;
    if (stack[i].isTensor()) {
      changing.push_back(stack[i].toTensor());
    } else if (stack[i].isTensorList()) {
      for (const at::Tensor& tensor : stack[i].toTensorVector()) changing.push_back(tensor);
    }
  }
  if (!changing.empty()) BeforeMutation(environment, changing);
}

napi_value Run(Environment& environment, Operator& op, const Call& given, napi_value holder) {
  const bool is_watched = WatchesMutation(environment);
  const std::optional<OwnCall> own = is_watched ? std::optional<OwnCall>(given) : std::nullopt;
  const Call& call = is_watched ? **own : given;
  Binding binding;
  const Overload& overload = Match(op, call, environment.slots, binding);
  if (Recorder* recorder = Recorder::Current()) {
    recorder->BindLive([&](size_t argument) {
      for (size_t i = 0; i < overload.parameters.size(); ++i) {
        if (binding.source[i] == static_cast<int16_t>(argument)) return static_cast<int>(i);
      }
      return -1;
    });
  }
  ResultWriter writer(environment, op, overload, call, binding);
  UnboxedCall::Operands operands;
  if (!is_watched && overload.unboxed &&
      overload.unboxed.Read(call, binding, environment.slots, operands)) {
    environment.pressure.Check();
    const Collectable collectable;
    return WriteTensor(environment, writer, overload.results[0], overload.unboxed.Run(operands),
                       holder);
  }
  StackLease lease(environment.operators);
  BuildStack(environment, overload, call, binding, lease.stack);
  if (overload.guard != nullptr) overload.guard(lease.stack);
  const auto& default_device = environment.operators.default_device;
  if (default_device && overload.default_device >= 0) {
    c10::IValue& device = lease.stack[static_cast<size_t>(overload.default_device)];
    if (device.isNone()) device = *default_device;
  }
  // Only now: the collector may take every JS object but those the stack's tensors came from.
  environment.pressure.Check();
  if (is_watched) TellOfMutation(environment, overload, lease.stack);
  // As PyTorch's factories do: filling a new tensor is no change of it that counts.
  std::optional<at::AutoDispatchBelowADInplaceOrView> below;
  if (overload.factory) below.emplace();
  {
    const Collectable collectable;
    overload.handle.callBoxed(lease.stack);
  }
  below.reset();
  if (overload.results.size() != 1) return writer.Tuple(lease.stack);
  const Result& result = overload.results[0];
  if (result.type != Result::Type::kTensor) return writer.Item(lease.stack[0], result);
  return WriteTensor(environment, writer, result, std::move(lease.stack[0]).toTensor(), holder);
}

// call(holder, ...objects): the one operator call.
napi_value CallOperator(napi_env env, napi_callback_info info) {
  napi_value arguments[kMaxObjects + 1];
  size_t count = kMaxObjects + 1;
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, arguments, nullptr, &data);
  Environment& environment = *static_cast<Environment*>(data);
  OperatorTable& table = environment.operators;
  Operator& op = *table.operators[static_cast<size_t>(table.scratch[OperatorTable::kOperator])];
  return Guard(
      environment,
      [&] {
        Call call;
        ReadCall(table, arguments + 1, call);
        return Run(environment, op, call, arguments[0]);
      },
      op.name.c_str());
}

// resolveOperator(name, isMethod, overloads: string[]): number
napi_value ResolveOperator(Environment& environment, const Arguments& arguments) {
  std::vector<std::string> overloads;
  arguments.ForEach(
      2, [&](napi_value element) { overloads.push_back(ToString(environment.env, element)); });
  auto& operators = environment.operators.operators;
  operators.push_back(std::make_unique<Operator>(
      BuildOperator(arguments.String(0), arguments.Boolean(1), overloads)));
  return arguments.Number(static_cast<double>(operators.size() - 1));
}

// parameterNames(operator): string[], of all overloads, `out` included.
napi_value ParameterNames(Environment& environment, const Arguments& arguments) {
  const auto index = static_cast<size_t>(arguments.Int32(0));
  std::vector<std::string> names;
  for (const Overload& overload : environment.operators.operators.at(index)->overloads) {
    for (const Parameter& parameter : overload.parameters) {
      if (parameter.name != "self") names.push_back(parameter.out ? "out" : parameter.name);
    }
  }
  return arguments.Strings(names);
}

// operatorNames(): string[], every operator that libtorch has registered, `aten::add.Tensor`.
napi_value OperatorNames(Environment&, const Arguments& arguments) {
  std::vector<std::string> names;
  for (const c10::OperatorName& name : c10::Dispatcher::singleton().getAllOpNames()) {
    if (c10::Dispatcher::singleton().findSchema(name)) names.push_back(c10::toString(name));
  }
  return arguments.Strings(names);
}

// operatorSchema(name): string | undefined
napi_value OperatorSchema(Environment& environment, const Arguments& arguments) {
  const std::string name = arguments.String(0);
  const size_t dot = name.find('.');
  const auto handle = c10::Dispatcher::singleton().findSchema(
      {name.substr(0, dot), dot == std::string::npos ? "" : name.substr(dot + 1)});
  if (!handle) return nullptr;
  return FromString(environment.env, c10::toString(handle->schema()));
}

// nameId(name): number, for the names of options in a call.
napi_value NameId(Environment&, const Arguments& arguments) {
  return arguments.Number(InternName(arguments.String(0)));
}

// setScratch(values: Float64Array, kinds: Uint8Array): JS keeps both alive.
napi_value SetScratch(Environment& environment, const Arguments& arguments) {
  OperatorTable& table = environment.operators;
  size_t ignored;
  table.scratch = static_cast<double*>(arguments.TypedArray(0, table.scratch_length));
  table.kinds = static_cast<uint8_t*>(arguments.TypedArray(1, ignored));
  return nullptr;
}

}  // namespace

void InitDispatch(napi_env env, napi_value exports) {
  DefineRaw(env, exports, "call", CallOperator);
  Define<ResolveOperator>(env, exports, "resolveOperator");
  Define<ParameterNames>(env, exports, "parameterNames");
  Define<OperatorNames>(env, exports, "operatorNames");
  Define<OperatorSchema>(env, exports, "operatorSchema");
  Define<NameId>(env, exports, "nameId");
  Define<SetScratch>(env, exports, "setScratch");
}

}  // namespace sconce

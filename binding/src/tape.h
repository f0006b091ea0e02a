#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sconce {

// A tensor of a tape while it runs: an input, a tensor from outside, or what an operator gave.
using Register = int32_t;
constexpr Register kNoRegister = -1;

// What a replay asks of a tensor before it trusts the tape with it.
struct Geometry {
  Geometry() = default;
  explicit Geometry(const at::Tensor& tensor);
  bool operator==(const Geometry& other) const = default;
  // As `operator==` with the geometry of `tensor`, without making one.
  bool Fits(const at::Tensor& tensor) const;
  std::string ToString() const;

  std::vector<int64_t> sizes, strides;
  at::ScalarType dtype = at::ScalarType::Undefined;
  c10::Device device{c10::DeviceType::CPU};
  bool is_conj = false;
  bool is_neg = false;
};

// A number that may differ from step to step, in postfix form: a schedule's, or one that follows
// from a count of steps.
struct LiveNumber {
  enum class Code : int32_t { kConstant, kInput, kItem, kNegate, kAdd, kSub, kMul, kDiv, kPow };
  struct Instruction {
    Code code;
    double constant = 0;
    // Of kInput, the place among the numbers that a replay is given; of kItem, a register.
    int32_t index = 0;
    bool operator==(const Instruction& other) const = default;
  };
  std::vector<Instruction> instructions;
  bool operator==(const LiveNumber& other) const = default;
};

// One argument of an operator on the tape.
struct Operand {
  enum class Kind { kConstant, kTensor, kTensors, kOptionalTensors, kLive, kLiveList };
  Kind kind = Kind::kConstant;
  // As it is; of a live number, what it was when recorded.
  c10::IValue constant;
  // kNoRegister stands for an undefined tensor, or for none.
  std::vector<Register> registers;
  std::vector<LiveNumber> numbers;
  // Of a live number, whether the operator takes a float rather than a scalar.
  bool is_float = false;
};

struct TapeOperator {
  c10::OperatorHandle handle;
  std::vector<Operand> operands;
  // A register for each tensor that it returns, lists included, in their order.
  std::vector<Register> results;
  // Registers that no later operator asks for.
  std::vector<Register> dying;
  // Kernels ask for it, to choose between ways of computing.
  bool is_grad_enabled = false;
};

// State of a thread that operators look at.
struct Modes {
  static Modes Current();
  bool operator==(const Modes& other) const = default;

  bool grad = false;
  bool inference = false;
  at::ScalarType default_dtype = at::ScalarType::Float;
  uint64_t autocast = 0;
  bool deterministic = false;
};

// The operators that one call of a function dispatched, below autograd.
struct Tape {
  struct Input {
    Geometry geometry;
    int64_t offset = 0;
    bool requires_grad = false;
    // Of a tensor that requires grad: the very one.
    at::Tensor tensor;
    // The first input that was this same memory, seen alike; else its own place.
    size_t same_as = 0;
    uint32_t versions = 0;
  };
  struct External {
    at::Tensor tensor;
    Register reg;
    Geometry geometry;
    const c10::StorageImpl* storage;
    bool is_written = false;
    // By how much a run of the tape raises its version.
    uint32_t versions = 0;
  };
  // A leaf of autograd, and what becomes of its gradient.
  struct Leaf {
    enum class Before { kAny, kNone, kDefined };
    enum class After { kAsBefore, kNone, kSet };
    at::Tensor tensor;
    Before before = Before::kAny;
    // The register of the gradient that was there before, where the tape reads it.
    Register before_register = kNoRegister;
    Geometry before_geometry;
    After after = After::kAsBefore;
    Register after_register = kNoRegister;
  };
  // Where a result comes from.
  struct Result {
    enum class Kind { kMade, kInput, kExternal };
    Kind kind;
    Register reg;
  };

  std::vector<TapeOperator> operators;
  // Inputs are the first registers.
  std::vector<Input> inputs;
  std::vector<External> externals;
  std::vector<Leaf> leaves;
  std::vector<Result> results;
  int32_t register_count = 0;
  Modes modes;
  // Whether an operator counts from the start of a storage.
  bool has_absolute_offsets = false;
  // Whether it depends on the gradients of before.
  bool reads_gradients = false;
};

// Whether two recordings are one and the same, so that a third run would be as well; else what
// differs. Tensors from outside that differ in identity and are equal in value become constants of
// `first`.
std::optional<std::string> DifferenceOf(Tape& first, const Tape& second);

// Prepares a tape for its replays: views of tensors from outside are taken once, and registers are
// freed where they die.
void Optimize(Tape& tape);

// What keeps a tape from being replayed with these inputs now, or null.
const char* GuardFailure(const Tape& tape, c10::ArrayRef<at::Tensor> inputs);

}  // namespace sconce

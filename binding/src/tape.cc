#include "tape.h"

#include <ATen/Context.h>
#include <ATen/ops/equal.h>
#include <c10/core/DefaultDtype.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <bit>
#include <sstream>
#include <unordered_map>
#include <unordered_set>

#include "autocast.h"

namespace sconce {

Geometry::Geometry(const at::Tensor& tensor)
    : dtype(tensor.scalar_type()),
      device(tensor.device()),
      is_conj(tensor.is_conj()),
      is_neg(tensor.is_neg()) {
  sizes = tensor.sizes().vec();
  if (tensor.layout() == at::kStrided) strides = tensor.strides().vec();
}

bool Geometry::Fits(const at::Tensor& tensor) const {
  return tensor.scalar_type() == dtype && tensor.device() == device && tensor.sizes() == sizes &&
         tensor.layout() == at::kStrided && tensor.strides() == strides &&
         tensor.is_conj() == is_conj && tensor.is_neg() == is_neg;
}

std::string Geometry::ToString() const {
  std::ostringstream text;
  text << c10::toString(dtype) << " of shape [";
  for (size_t i = 0; i < sizes.size(); ++i) text << (i > 0 ? ", " : "") << sizes[i];
  text << "] on " << device;
  return text.str();
}

Modes Modes::Current() {
  Modes modes;
  modes.grad = c10::GradMode::is_enabled();
  modes.inference = c10::InferenceMode::is_enabled();
  modes.default_dtype = c10::typeMetaToScalarType(c10::get_default_dtype());
  modes.deterministic = at::globalContext().deterministicAlgorithms();
  for (const auto type : {c10::DeviceType::CPU, c10::DeviceType::CUDA}) {
    const bool is_enabled = at::autocast::is_autocast_enabled(type);
    const auto dtype = static_cast<uint64_t>(at::autocast::get_autocast_dtype(type));
    modes.autocast = modes.autocast << 16 | (is_enabled ? dtype + 1 : 0);
  }
  return modes;
}

namespace {

bool AreSame(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

bool AreSame(const c10::IValue& a, const c10::IValue& b) {
  if (a.tagKind() != b.tagKind()) return false;
  if (a.isDouble()) return AreSame(a.toDouble(), b.toDouble());
  if (a.isTensor()) {
    const at::Tensor &left = a.toTensor(), &right = b.toTensor();
    if (!left.defined() || !right.defined()) return left.defined() == right.defined();
    return Geometry(left) == Geometry(right) && at::equal(left, right);
  }
  if (a.isList()) {
    const auto left = a.toListRef(), right = b.toListRef();
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](const auto& x, const auto& y) { return AreSame(x, y); });
  }
  if (a.isGenerator()) return a.toGenerator() == b.toGenerator();
  return a.is(b) || a == b;
}

bool AreSame(const Operand& a, const Operand& b) {
  if (a.kind != b.kind || a.registers != b.registers || a.numbers != b.numbers) return false;
  return a.kind != Operand::Kind::kConstant || AreSame(a.constant, b.constant);
}

std::string Describe(const Operand& operand) {
  if (operand.kind != Operand::Kind::kConstant) return "another tensor";
  std::ostringstream text;
  text << operand.constant;
  return text.str();
}

std::optional<std::string> DifferenceOf(const TapeOperator& a, const TapeOperator& b) {
  const std::string name = c10::toString(a.handle.operator_name());
  if (!(a.handle == b.handle)) {
    return name + " was called before, and now " + c10::toString(b.handle.operator_name());
  }
  for (size_t i = 0; i < a.operands.size(); ++i) {
    if (AreSame(a.operands[i], b.operands[i])) continue;
    return "the argument `" + a.handle.schema().arguments()[i].name() + "` of " + name + " was " +
           Describe(a.operands[i]) + ", and now is " + Describe(b.operands[i]);
  }
  if (a.results != b.results || a.is_grad_enabled != b.is_grad_enabled) {
    return "what " + name + " returns is used otherwise";
  }
  return std::nullopt;
}

// As the tensors from outside are: the same, or equal where JS makes them anew.
std::optional<std::string> DifferenceOf(Tape::External& a, const Tape::External& b) {
  if (a.reg != b.reg || !(a.geometry == b.geometry)) return "other tensors from outside are used";
  if (a.storage == b.storage) return std::nullopt;
  if (!a.tensor.requires_grad() && !a.is_written && at::equal(a.tensor, b.tensor)) {
    return std::nullopt;
  }
  return "a tensor from outside (" + a.geometry.ToString() +
         ") is another one than before; give it as an argument, or change it in place";
}

bool AreSame(const Tape::Leaf& a, const Tape::Leaf& b) {
  return a.tensor.is_same(b.tensor) && a.before == b.before &&
         a.before_register == b.before_register && a.after == b.after &&
         a.after_register == b.after_register;
}

// A view of what is there before the step is the same in every step.
bool IsViewOfFixed(const TapeOperator& op, const std::vector<bool>& is_fixed) {
  bool is_fixed_view = !op.results.empty();
  for (const c10::Argument& result : op.handle.schema().returns()) {
    const auto* alias = result.alias_info();
    is_fixed_view &= alias != nullptr && !alias->isWrite() &&
                     result.type()->isSubtypeOf(*c10::TensorType::get());
  }
  if (op.handle.schema().is_mutable()) return false;
  for (const Operand& operand : op.operands) {
    is_fixed_view &=
        operand.kind == Operand::Kind::kConstant || operand.kind == Operand::Kind::kTensor;
    for (const Register reg : operand.registers) {
      is_fixed_view &= reg != kNoRegister && is_fixed[static_cast<size_t>(reg)];
    }
  }
  return is_fixed_view;
}

void TakeFixedViews(Tape& tape) {
  std::vector<bool> is_fixed(static_cast<size_t>(tape.register_count));
  std::vector<at::Tensor> tensors(static_cast<size_t>(tape.register_count));
  std::unordered_set<const void*> storages;
  for (const Tape::External& external : tape.externals) {
    is_fixed[static_cast<size_t>(external.reg)] = true;
    tensors[static_cast<size_t>(external.reg)] = external.tensor;
    storages.insert(external.storage);
  }
  const at::AutoDispatchBelowADInplaceOrView below;
  std::erase_if(tape.operators, [&](const TapeOperator& op) {
    if (!IsViewOfFixed(op, is_fixed)) return false;
    torch::jit::Stack stack;
    for (const Operand& operand : op.operands) {
      if (operand.kind == Operand::Kind::kConstant) {
        stack.push_back(operand.constant);
      } else {
        stack.emplace_back(tensors[static_cast<size_t>(operand.registers[0])]);
      }
    }
    op.handle.callBoxed(stack);
    // Reshapes are views where they can be, and copies where not.
    for (const c10::IValue& view : stack) {
      if (!storages.contains(view.toTensor().storage().unsafeGetStorageImpl())) return false;
    }
    for (size_t i = 0; i < op.results.size(); ++i) {
      at::Tensor view = stack[i].toTensor();
      const Register reg = op.results[i];
      if (reg == kNoRegister || is_fixed[static_cast<size_t>(reg)]) continue;
      is_fixed[static_cast<size_t>(reg)] = true;
      tensors[static_cast<size_t>(reg)] = view;
      const auto* storage = view.storage().unsafeGetStorageImpl();
      tape.externals.push_back({view, reg, Geometry(view), storage});
    }
    return true;
  });
}

// Copies that no operator asks for: an operator in place made them for itself.
void DropIdleCopies(Tape& tape) {
  std::unordered_set<Register> used;
  for (const Tape::Result& result : tape.results) used.insert(result.reg);
  for (const Tape::Leaf& leaf : tape.leaves) used.insert(leaf.after_register);
  for (const TapeOperator& op : tape.operators) {
    for (const Operand& operand : op.operands) {
      used.insert(operand.registers.begin(), operand.registers.end());
    }
  }
  std::erase_if(tape.operators, [&](const TapeOperator& op) {
    return op.handle.operator_name().name == "aten::clone" && !used.contains(op.results[0]);
  });
}

void FindLastUses(Tape& tape) {
  std::unordered_set<Register> kept;
  for (const Tape::External& external : tape.externals) kept.insert(external.reg);
  for (const Tape::Result& result : tape.results) kept.insert(result.reg);
  for (const Tape::Leaf& leaf : tape.leaves) kept.insert(leaf.after_register);
  kept.insert(kNoRegister);
  for (auto op = tape.operators.rbegin(); op != tape.operators.rend(); ++op) {
    op->dying.clear();
    const auto end = [&](Register reg) {
      if (kept.insert(reg).second) op->dying.push_back(reg);
    };
    for (const Operand& operand : op->operands) {
      std::for_each(operand.registers.begin(), operand.registers.end(), end);
      for (const LiveNumber& number : operand.numbers) {
        for (const auto& instruction : number.instructions) {
          if (instruction.code == LiveNumber::Code::kItem) end(instruction.index);
        }
      }
    }
    std::for_each(op->results.begin(), op->results.end(), end);
  }
}

}  // namespace

std::optional<std::string> DifferenceOf(Tape& first, const Tape& second) {
  const size_t common = std::min(first.operators.size(), second.operators.size());
  for (size_t i = 0; i < common; ++i) {
    if (auto difference = DifferenceOf(first.operators[i], second.operators[i])) return difference;
  }
  if (first.operators.size() != second.operators.size()) {
    const auto& longer = first.operators.size() > common ? first : second;
    return std::to_string(second.operators.size()) + " operators were called, and before " +
           std::to_string(first.operators.size()) + "; the first of the others is " +
           c10::toString(longer.operators[common].handle.operator_name());
  }
  if (first.externals.size() != second.externals.size()) {
    return "other tensors from outside are used";
  }
  for (size_t i = 0; i < first.externals.size(); ++i) {
    if (auto difference = DifferenceOf(first.externals[i], second.externals[i])) return difference;
  }
  if (!std::equal(first.leaves.begin(), first.leaves.end(), second.leaves.begin(),
                  second.leaves.end(),
                  [](const auto& a, const auto& b) { return AreSame(a, b); })) {
    return "other gradients are left behind";
  }
  const auto is_same_result = [](const Tape::Result& a, const Tape::Result& b) {
    return a.kind == b.kind && a.reg == b.reg;
  };
  if (!std::equal(first.results.begin(), first.results.end(), second.results.begin(),
                  second.results.end(), is_same_result)) {
    return "other tensors are returned";
  }
  return std::nullopt;
}

void Optimize(Tape& tape) {
  DropIdleCopies(tape);
  TakeFixedViews(tape);
  FindLastUses(tape);
}

const char* GuardFailure(const Tape& tape, c10::ArrayRef<at::Tensor> inputs) {
  if (!(Modes::Current() == tape.modes)) return "a mode (noGrad, autocast, the default dtype)";
  if (inputs.size() != tape.inputs.size()) return "the number of tensors";
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Tape::Input& known = tape.inputs[i];
    const at::Tensor& input = inputs[i];
    if (!known.geometry.Fits(input)) return "the shape, dtype, strides or device of an argument";
    if (input.requires_grad() != known.requires_grad) return "requiresGrad of an argument";
    if (known.requires_grad && !known.tensor.is_same(input)) return "a tensor that requires grad";
    if (tape.has_absolute_offsets && input.storage_offset() != known.offset) {
      return "where in its memory an argument starts";
    }
    if (known.same_as != i) {
      const at::Tensor& other = inputs[known.same_as];
      if (!other.is_alias_of(input) || other.storage_offset() != input.storage_offset()) {
        return "which arguments are the same";
      }
    }
  }
  for (const Tape::External& external : tape.externals) {
    const at::Tensor& tensor = external.tensor;
    if (tensor.storage().unsafeGetStorageImpl() != external.storage ||
        !external.geometry.Fits(tensor)) {
      return "the memory, shape or dtype of a parameter";
    }
  }
  for (const Tape::Leaf& leaf : tape.leaves) {
    const at::Tensor& before = leaf.tensor.grad();
    if (leaf.before == Tape::Leaf::Before::kNone && before.defined()) return "a gradient";
    if (leaf.before == Tape::Leaf::Before::kDefined &&
        (!before.defined() || !leaf.before_geometry.Fits(before))) {
      return "a gradient";
    }
  }
  return nullptr;
}

}  // namespace sconce

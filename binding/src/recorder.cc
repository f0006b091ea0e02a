#include "recorder.h"

#include <ATen/core/List.h>
#include <c10/core/AutogradState.h>
#include <c10/core/GradMode.h>
#include <c10/core/impl/LocalDispatchKeySet.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <exception>

#include "autocast.h"
#include "autograd-state.h"
#include "environment.h"
#include "error.h"
#include "js-call.h"

namespace sconce {

namespace {

thread_local Recorder* current = nullptr;

// Where autograd's keys and those above it end.
bool IsAbove(c10::DispatchKey key) {
  return key > c10::DispatchKey::AutogradFunctionality &&
         key < c10::DispatchKey::EndOfFunctionalityKeys;
}

bool IsAutograd(c10::DispatchKey key) {
  return c10::isIncludedInAlias(key, c10::DispatchKey::Autograd);
}

template <class Visit>
void ForEachTensor(const c10::IValue& value, Visit&& visit) {
  if (value.isTensor()) {
    visit(value.toTensor());
  } else if (value.isTensorList()) {
    for (const at::Tensor& tensor : value.toTensorVector()) visit(tensor);
  } else if (value.isOptionalTensorList()) {
    for (const auto& tensor : value.toOptionalTensorVector()) visit(tensor.value_or(at::Tensor()));
  }
}

// The keys by which a call finds its kernel.
c10::DispatchKeySet KeysOf(const c10::OperatorHandle& handle,
                           c10::ArrayRef<const c10::IValue> arguments) {
  c10::DispatchKeySet keys;
  for (const c10::IValue& argument : arguments) {
    ForEachTensor(argument, [&](const at::Tensor& tensor) {
      if (tensor.defined()) keys = keys | tensor.key_set();
    });
  }
  const auto local = c10::impl::tls_local_dispatch_key_set();
  keys = (keys | local.included_) - local.excluded_;
  // Autocasting has kernels for some operators, and lets the others through.
  while (c10::autocast_dispatch_keyset.has(keys.highestPriorityTypeId()) &&
         !handle.hasKernelForDispatchKey(keys.highestPriorityTypeId())) {
    keys = keys.remove(keys.highestPriorityTypeId());
  }
  return keys;
}

// Whether the call is on its way to another call of the dispatcher: a cast or a transform above
// autograd comes first.
bool IsOnItsWay(c10::DispatchKeySet keys) {
  const c10::DispatchKey key = keys.highestPriorityTypeId();
  return (IsAbove(key) && !IsAutograd(key)) ||
         keys.has(c10::DispatchKey::FuncTorchDynamicLayerBackMode);
}

// Whether the operator is made of others there, which are recorded instead of it.
bool IsComposite(const c10::OperatorHandle& handle, c10::DispatchKey key) {
  if (!handle.hasKernelForDispatchKey(c10::DispatchKey::CompositeImplicitAutograd)) return false;
  if (handle.hasKernelForDispatchKey(key)) return false;
  return !IsAutograd(key) ||
         !handle.hasKernelForAnyDispatchKey(c10::getBackendKeySetFromAutograd(key));
}

// Tensors of inference mode have none.
uint32_t VersionOf(const at::Tensor& tensor) {
  return tensor.is_inference() ? 0 : static_cast<uint32_t>(tensor._version());
}

bool IsMask(const at::Tensor& tensor) {
  return tensor.defined() &&
         (tensor.scalar_type() == at::kBool || tensor.scalar_type() == at::kByte);
}

}  // namespace

Recorder::Recorder(Environment& environment, std::vector<at::Tensor> inputs)
    : environment_(environment), outer_(current), inputs_(std::move(inputs)) {
  tape_->modes = Modes::Current();
  for (const at::Tensor& input : inputs_) {
    Tape::Input& known = tape_->inputs.emplace_back();
    known.geometry = Geometry(input);
    known.requires_grad = input.requires_grad();
    if (known.requires_grad) known.tensor = input;
    known.same_as = tape_->inputs.size() - 1;
    if (const auto same = Find(input)) {
      known.same_as = static_cast<size_t>(*same);
      ++tape_->register_count;
      storages_.push_back(StorageOf(input));
    } else {
      Define(input);
    }
    if (input.has_storage()) known.offset = input.storage_offset();
    known.versions = VersionOf(input);
  }
  current = this;
  callback_ = at::addThreadLocalCallback(at::RecordFunctionCallback(&OnStart, &OnEnd)
                                             .needsInputs(true)
                                             .needsOutputs(true)
                                             .scopes({at::RecordScope::FUNCTION}));
  CheckInputs();
}

Recorder::~Recorder() {
  at::removeCallback(callback_);
  current = outer_;
}

Recorder* Recorder::Current() {
  return current != nullptr && !current->is_paused_ ? current : nullptr;
}

void Recorder::CheckInputs() {
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const at::Tensor& input = inputs_[i];
    const std::string name = "tensor " + std::to_string(i) + " of the arguments ";
    if (input.layout() != at::kStrided || input.is_nested() || input.is_quantized()) {
      Refuse(name + "is no plain dense tensor");
    } else if (input.grad_fn()) {
      Refuse(name + "comes with a graph of autograd; give x.detach()");
    }
  }
  if (tape_->modes.autocast != 0 && at::autocast::is_autocast_cache_enabled()) {
    Refuse("autocast is on around the step, and keeps casts between its calls; enter it within");
  }
  if (c10::AutogradState::get_tls_state().get_multithreading_enabled()) {
    Refuse("autograd may compute on other threads (autograd.setMultithreadingEnabled)");
  }
}

void Recorder::Refuse(std::string reason, std::string op) {
  if (refusal_) return;
  refusal_ = Refusal{std::move(reason), std::move(op), ""};
  const auto& capture = environment_.autograd->capture_stack;
  if (!capture || !capture->OnOwnThread()) return;
  const JsScope scope(environment_.env);
  try {
    napi_value stack = CallJs(environment_, *capture, {});
    size_t length = 0;
    CheckStatus(environment_.env,
                napi_get_value_string_utf8(environment_.env, stack, nullptr, 0, &length));
    refusal_->stack.resize(length);
    CheckStatus(environment_.env,
                napi_get_value_string_utf8(environment_.env, stack, refusal_->stack.data(),
                                           length + 1, &length));
  } catch (const std::exception&) {
    // Without the lines, then.
  }
}

const void* Recorder::StorageOf(const at::Tensor& tensor) {
  return tensor.has_storage() ? static_cast<const void*>(tensor.storage().unsafeGetStorageImpl())
                              : static_cast<const void*>(tensor.unsafeGetTensorImpl());
}

std::string Recorder::KeyOf(const at::Tensor& tensor) {
  std::vector<int64_t> parts = {reinterpret_cast<int64_t>(StorageOf(tensor)),
                                static_cast<int64_t>(tensor.scalar_type()),
                                (tensor.is_conj() ? 1 : 0) + (tensor.is_neg() ? 2 : 0)};
  if (tensor.has_storage()) {
    parts.push_back(tensor.storage_offset());
    parts.insert(parts.end(), tensor.sizes().begin(), tensor.sizes().end());
    parts.insert(parts.end(), tensor.strides().begin(), tensor.strides().end());
  }
  return {reinterpret_cast<const char*>(parts.data()), parts.size() * sizeof(int64_t)};
}

void Recorder::Pin(const at::Tensor& tensor) {
  if (tensor.has_storage()) pins_.push_back(tensor.storage().getWeakStorageImpl());
}

std::optional<Register> Recorder::Find(const at::Tensor& tensor) const {
  const auto found = registers_.find(KeyOf(tensor));
  return found == registers_.end() ? std::nullopt : std::optional<Register>(found->second);
}

Register Recorder::Define(const at::Tensor& tensor) {
  const Register reg = tape_->register_count++;
  Pin(tensor);
  registers_[KeyOf(tensor)] = reg;
  storages_.push_back(StorageOf(tensor));
  storage_set_.insert(StorageOf(tensor));
  return reg;
}

Register Recorder::Use(const at::Tensor& tensor, const std::string& name) {
  const std::string key = KeyOf(tensor);
  if (const auto found = registers_.find(key); found != registers_.end()) return found->second;
  const void* storage = StorageOf(tensor);
  if (const auto before = gradients_before_.find(key); before != gradients_before_.end()) {
    Leaf& leaf = leaves_[before->second];
    leaf.before_register = Define(tensor);
    return leaf.before_register;
  }
  if (const auto hidden = hidden_.find(storage); hidden != hidden_.end()) {
    Refuse("an operator is given what another made within itself: " + hidden->second, name);
  } else if (made_.contains(storage)) {
    Refuse("an operator is given a view that no operator made", name);
  } else if (!tensor.has_storage()) {
    Refuse("an operator is given a tensor without a storage from outside", name);
  }
  Tape::External external{
      tensor, Define(tensor),   Geometry(tensor), static_cast<const c10::StorageImpl*>(storage),
      false,  VersionOf(tensor)};
  tape_->externals.push_back(std::move(external));
  if (tensor.requires_grad() && tensor.grad_fn()) {
    Refuse("a tensor from outside comes with a graph of autograd; make it within the step", name);
  }
  return tape_->externals.back().reg;
}

Register Recorder::RegisterOf(const at::Tensor& tensor) { return Use(tensor, ""); }

void Recorder::NoteLeaf(const at::Tensor& leaf) {
  const auto [entry, is_new] = leaf_indices_.emplace(leaf.unsafeGetTensorImpl(), leaves_.size());
  if (!is_new) return;
  at::Tensor before = leaf.grad();
  if (before.defined()) {
    Pin(before);
    gradients_before_[KeyOf(before)] = entry->second;
  }
  leaves_.push_back({leaf, std::move(before)});
}

void Recorder::NoteReplaced(const at::Tensor& leaf) {
  NoteLeaf(leaf);
  Leaf& known = leaves_[leaf_indices_.at(leaf.unsafeGetTensorImpl())];
  if (known.is_changed) return;
  known.is_changed = true;
  known.is_cleared_first =
      known.before_register == kNoRegister && leaf.grad().is_same(known.before);
}

Operand Recorder::ReadOperand(const c10::IValue& value, const std::string& name) {
  Operand operand;
  if (value.isTensor()) {
    const at::Tensor& tensor = value.toTensor();
    // A number that was made a tensor for the call.
    if (tensor.defined() && !tensor.unsafeGetTensorImpl()->is_wrapped_number()) {
      operand.kind = Operand::Kind::kTensor;
      operand.registers.push_back(Use(tensor, name));
      return operand;
    }
  } else if (value.isTensorList() || value.isOptionalTensorList()) {
    operand.kind = value.isTensorList() ? Operand::Kind::kTensors : Operand::Kind::kOptionalTensors;
    ForEachTensor(value, [&](const at::Tensor& tensor) {
      operand.registers.push_back(tensor.defined() ? Use(tensor, name) : kNoRegister);
    });
    return operand;
  }
  operand.constant = value;
  return operand;
}

// What no replay could repeat: values and shapes that depend on data.
void Recorder::CheckOperator(const c10::OperatorHandle& handle,
                             c10::ArrayRef<const c10::IValue> arguments) {
  const std::string name = c10::toString(handle.operator_name());
  const std::string& base = handle.operator_name().name;
  if (handle.hasTag(at::Tag::data_dependent_output)) {
    Refuse("JavaScript reads the value of a tensor", name);
  } else if (handle.hasTag(at::Tag::dynamic_output_shape)) {
    bool is_static = base == "aten::index" || base == "aten::_unsafe_index";
    if (is_static) {
      ForEachTensor(arguments[1], [&](const at::Tensor& index) {
        if (IsMask(index)) is_static = false;
      });
    }
    if (!is_static) Refuse("the shape of a result depends on data", name);
  } else if (base == "aten::set_" || base == "aten::resize_" || base == "aten::resize_as_") {
    Refuse("the memory of a tensor is exchanged", name);
  }
  for (const c10::IValue& argument : arguments) {
    if (argument.isStorage() || argument.isObject() || argument.isCapsule()) {
      Refuse("an operator is given what is no tensor, number or string", name);
    }
  }
  if (base.starts_with("aten::as_strided")) tape_->has_absolute_offsets = true;
}

void Recorder::ApplyLive(TapeOperator& op) {
  for (LiveArgument& live : bound_) {
    Operand& operand = op.operands.at(live.argument);
    const bool is_list = operand.constant.isList();
    if (operand.kind != Operand::Kind::kConstant ||
        (!is_list && !operand.constant.isScalar() && !operand.constant.isDouble())) {
      Refuse("a number that changes with each step is given as something else than a number");
      break;
    }
    operand.kind = is_list ? Operand::Kind::kLiveList : Operand::Kind::kLive;
    operand.is_float = op.handle.schema().arguments()[live.argument].real_type()->kind() ==
                       c10::TypeKind::FloatType;
    operand.numbers = std::move(live.numbers);
  }
  bound_.clear();
}

void Recorder::Begin(const c10::OperatorHandle& handle,
                     c10::ArrayRef<const c10::IValue> arguments) {
  // A call through a box may bring more than its own.
  arguments = arguments.slice(arguments.size() - handle.schema().arguments().size());
  Call& call = calls_.back();
  if (recorded_depth_ > 0) {
    if (refusal_ || !IsPrelude(handle, arguments)) return;
    call.kind = Call::Kind::kPrelude;
    call.op = ReadOperator(handle, arguments);
    return;
  }
  const c10::DispatchKeySet keys = KeysOf(handle, arguments);
  const bool is_on_its_way = IsOnItsWay(keys);
  if (is_on_its_way || IsComposite(handle, keys.highestPriorityTypeId())) {
    call.kind = Call::Kind::kTransparent;
    call.start = tape_->operators.size();
    if (!bound_.empty()) {
      bound_.clear();
      Refuse("a number that changes with each step is given to an operator made of others",
             c10::toString(handle.operator_name()));
    }
    if (!refusal_ && !is_on_its_way) call.op = ReadOperator(handle, arguments);
    return;
  }
  CheckOperator(handle, arguments);
  call.kind = Call::Kind::kRecorded;
  ++recorded_depth_;
  if (refusal_) return;
  call.op = ReadOperator(handle, arguments);
  ApplyLive(*call.op);
}

TapeOperator Recorder::ReadOperator(const c10::OperatorHandle& handle,
                                    c10::ArrayRef<const c10::IValue> arguments) {
  const std::string name = c10::toString(handle.operator_name());
  TapeOperator op{handle, {}, {}, {}, c10::GradMode::is_enabled()};
  for (const c10::IValue& argument : arguments) {
    op.operands.push_back(ReadOperand(argument, name));
    ForEachTensor(argument, [&](const at::Tensor& tensor) {
      if (tensor.defined() && tensor.requires_grad() && !tensor.grad_fn()) NoteLeaf(tensor);
    });
  }
  return op;
}

// An operator in place copies what it changes, for its own backward, before it does.
bool Recorder::IsPrelude(const c10::OperatorHandle& handle,
                         c10::ArrayRef<const c10::IValue> arguments) {
  if (calls_.size() < 2 || handle.operator_name().name != "aten::clone") return false;
  const Call& around = calls_[calls_.size() - 2];
  return around.kind == Call::Kind::kRecorded && around.op &&
         around.op->handle.schema().is_mutable() && arguments[0].isTensor() &&
         Find(arguments[0].toTensor());
}

void Recorder::NoteWrites(const TapeOperator& op) {
  // Those see memory otherwise, and write nothing.
  if (op.handle.hasTag(at::Tag::inplace_view)) return;
  const auto& parameters = op.handle.schema().arguments();
  for (size_t i = 0; i < op.operands.size(); ++i) {
    const auto* alias = parameters[i].alias_info();
    if (alias == nullptr || !alias->isWrite()) continue;
    for (const Register reg : op.operands[i].registers) {
      if (reg == kNoRegister) continue;
      const void* storage = storages_[static_cast<size_t>(reg)];
      blank_.erase(storage);
      for (Tape::External& external : tape_->externals) {
        if (external.storage == storage) external.is_written = true;
      }
    }
  }
}

void Recorder::Complete(TapeOperator op, const std::vector<c10::IValue>& outputs) {
  const size_t count = op.handle.schema().returns().size();
  if (outputs.size() < count) {
    return Refuse("an operator threw, and JavaScript caught it",
                  c10::toString(op.handle.operator_name()));
  }
  bool is_new = false;
  for (size_t i = outputs.size() - count; i < outputs.size(); ++i) {
    ForEachTensor(outputs[i], [&](const at::Tensor& tensor) {
      if (!tensor.defined()) {
        op.results.push_back(kNoRegister);
        return;
      }
      const auto known = Find(tensor);
      is_new |= !known;
      if (!storage_set_.contains(StorageOf(tensor))) made_.insert(StorageOf(tensor));
      op.results.push_back(known ? *known : Define(tensor));
    });
  }
  const bool is_blank = op.handle.operator_name().name.starts_with("aten::empty") ||
                        op.handle.operator_name().name.starts_with("aten::new_empty");
  if (is_blank) {
    for (const Register reg : op.results) blank_.insert(storages_[static_cast<size_t>(reg)]);
  }
  // What changes nothing and gives back what it was given need not run again.
  if (!is_new && !op.results.empty() && !op.handle.schema().is_mutable()) return;
  NoteWrites(op);
  CheckReads(op);
  tape_->operators.push_back(std::move(op));
}

// Memory that is read must have been written by an operator on the tape.
void Recorder::CheckReads(const TapeOperator& op) {
  const std::string& name = op.handle.operator_name().name;
  if (blank_.empty() || name.ends_with("_like") || name.starts_with("aten::new_") ||
      name.starts_with("aten::empty")) {
    return;
  }
  for (const c10::Argument& result : op.handle.schema().returns()) {
    // Views read nothing.
    if (result.alias_info() != nullptr) return;
  }
  for (const Operand& operand : op.operands) {
    for (const Register reg : operand.registers) {
      if (reg == kNoRegister || !blank_.contains(storages_[static_cast<size_t>(reg)])) continue;
      return Refuse("an operator reads memory that none has written",
                    c10::toString(op.handle.operator_name()));
    }
  }
}

void Recorder::Collapse(Call& call, const std::vector<c10::IValue>& outputs) {
  bool is_blank = false;
  for (const c10::IValue& output : outputs) {
    ForEachTensor(output, [&](const at::Tensor& tensor) {
      is_blank |= tensor.defined() && blank_.contains(StorageOf(tensor));
    });
  }
  if (!is_blank) return;
  auto& operators = tape_->operators;
  operators.erase(operators.begin() + static_cast<std::ptrdiff_t>(call.start), operators.end());
  for (const c10::IValue& output : outputs) {
    ForEachTensor(output, [&](const at::Tensor& tensor) {
      call.op->results.push_back(tensor.defined() ? Use(tensor, "") : kNoRegister);
      if (tensor.defined()) blank_.erase(StorageOf(tensor));
    });
  }
  operators.push_back(std::move(*call.op));
}

// What an operator makes within itself may come out of it by other ways than as its result.
void Recorder::Hide(const std::vector<c10::IValue>& outputs, const std::string& name) {
  for (const c10::IValue& output : outputs) {
    ForEachTensor(output, [&](const at::Tensor& tensor) {
      if (!tensor.defined() || storage_set_.contains(StorageOf(tensor))) return;
      Pin(tensor);
      hidden_.emplace(StorageOf(tensor), name);
    });
  }
}

void Recorder::Start(const at::RecordFunction& function) {
  calls_.emplace_back();
  if (is_paused_) return;
  const auto name = function.operator_name();
  if (!name) return;
  const auto handle = c10::Dispatcher::singleton().findSchema(*name);
  if (handle) Begin(*handle, function.inputs());
}

void Recorder::End(const at::RecordFunction& function) {
  Call call = std::move(calls_.back());
  calls_.pop_back();
  if (is_paused_) return;
  if (call.kind == Call::Kind::kRecorded) --recorded_depth_;
  if (refusal_) return;
  if (call.kind == Call::Kind::kUnseen) {
    if (recorded_depth_ > 0) Hide(function.outputs(), function.name());
  } else if (!call.op) {
    return;
  } else if (call.kind == Call::Kind::kTransparent) {
    Collapse(call, function.outputs());
  } else {
    Complete(std::move(*call.op), function.outputs());
  }
}

// libtorch must not see an exception of ours, which would fail the user's call.
std::unique_ptr<at::ObserverContext> Recorder::OnStart(const at::RecordFunction& function) {
  if (current == nullptr) return nullptr;
  try {
    current->Start(function);
  } catch (const std::exception& error) {
    current->Refuse(error.what());
  }
  return nullptr;
}

void Recorder::OnEnd(const at::RecordFunction& function, at::ObserverContext*) {
  if (current == nullptr || current->calls_.empty()) return;
  try {
    current->End(function);
  } catch (const std::exception& error) {
    current->Refuse(error.what());
  }
}

// Whether a leaf is there before the step and after it.
bool Recorder::IsOutside(const at::Tensor& leaf) const {
  const auto is_leaf = [&](const at::Tensor& tensor) { return tensor.is_same(leaf); };
  if (std::any_of(inputs_.begin(), inputs_.end(), is_leaf)) return true;
  const auto& externals = tape_->externals;
  return std::any_of(externals.begin(), externals.end(),
                     [&](const auto& external) { return external.tensor.is_same(leaf); }) ||
         !storage_set_.contains(StorageOf(leaf));
}

void Recorder::FinishLeaves() {
  for (Leaf& leaf : leaves_) {
    if (!IsOutside(leaf.tensor)) continue;
    Tape::Leaf& known = tape_->leaves.emplace_back();
    known.tensor = leaf.tensor;
    const at::Tensor& after = leaf.tensor.grad();
    const bool is_kept = after.is_same(leaf.before);
    if (!after.defined()) {
      known.after = leaf.before.defined() || leaf.is_changed ? Tape::Leaf::After::kNone
                                                             : Tape::Leaf::After::kAsBefore;
    } else if (!is_kept) {
      const auto reg = Find(after);
      if (!reg) return Refuse("a gradient comes from outside of the step");
      if (after.grad_fn()) return Refuse("a gradient comes with a graph of autograd (createGraph)");
      known.after = Tape::Leaf::After::kSet;
      known.after_register = *reg;
    }
    if (leaf.before_register != kNoRegister) {
      known.before = Tape::Leaf::Before::kDefined;
      known.before_register = leaf.before_register;
      known.before_geometry = Geometry(leaf.before);
    } else if (!leaf.is_cleared_first && !leaf.before.defined() && (!is_kept || leaf.is_changed)) {
      known.before = Tape::Leaf::Before::kNone;
    }
    if (known.before != Tape::Leaf::Before::kAny) tape_->reads_gradients = true;
    if (known.after == Tape::Leaf::After::kAsBefore && known.before == Tape::Leaf::Before::kAny) {
      tape_->leaves.pop_back();
    }
  }
}

// Every register that an operator asks for must be there by then.
void Recorder::CheckRegisters() {
  std::vector<bool> is_there(static_cast<size_t>(tape_->register_count));
  const auto add = [&](Register reg) {
    if (reg != kNoRegister) is_there[static_cast<size_t>(reg)] = true;
  };
  for (size_t i = 0; i < inputs_.size(); ++i) add(static_cast<Register>(i));
  for (const Tape::External& external : tape_->externals) add(external.reg);
  for (const Tape::Leaf& leaf : tape_->leaves) add(leaf.before_register);
  const auto check = [&](Register reg, const std::string& name) {
    if (reg != kNoRegister && !is_there[static_cast<size_t>(reg)]) {
      Refuse("a tensor is used that came out of an operator by another way than as its result",
             name);
    }
  };
  for (const TapeOperator& op : tape_->operators) {
    for (const Operand& operand : op.operands) {
      for (const Register reg : operand.registers) {
        check(reg, c10::toString(op.handle.operator_name()));
      }
    }
    for (const Register reg : op.results) add(reg);
  }
  for (const Tape::Result& result : tape_->results) check(result.reg, "");
  for (const Tape::Leaf& leaf : tape_->leaves) check(leaf.after_register, "");
}

std::shared_ptr<Tape> Recorder::Finish(const std::vector<at::Tensor>& results) {
  if (!refusal_) FinishLeaves();
  for (Tape::External& external : tape_->externals) {
    external.versions = VersionOf(external.tensor) - external.versions;
  }
  for (size_t i = 0; i < inputs_.size(); ++i) {
    tape_->inputs[i].versions = VersionOf(inputs_[i]) - tape_->inputs[i].versions;
  }
  if (!(Modes::Current() == tape_->modes)) {
    Refuse("the step leaves a mode changed that it found otherwise (noGrad, autocast, dtype)");
  }
  for (const at::Tensor& result : results) {
    const Register reg = Use(result, "");
    auto kind = Tape::Result::Kind::kMade;
    if (reg < static_cast<Register>(inputs_.size())) kind = Tape::Result::Kind::kInput;
    for (const Tape::External& external : tape_->externals) {
      if (external.reg == reg) kind = Tape::Result::Kind::kExternal;
    }
    tape_->results.push_back({kind, reg});
  }
  for (const Tape::External& external : tape_->externals) {
    for (size_t i = 0; i < inputs_.size(); ++i) {
      if (external.storage == StorageOf(inputs_[i])) {
        Refuse("tensor " + std::to_string(i) +
               " of the arguments shares memory with one that the step has from elsewhere");
      }
    }
  }
  const auto is_reshaped = [](const auto& known, const at::Tensor& tensor) {
    return !(known.geometry == Geometry(tensor));
  };
  for (const Tape::External& external : tape_->externals) {
    if (is_reshaped(external, external.tensor))
      Refuse("a tensor from outside is reshaped in place");
  }
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (is_reshaped(tape_->inputs[i], inputs_[i])) Refuse("an argument is reshaped in place");
  }
  if (!refusal_) CheckRegisters();
  if (refusal_) {
    tape_->operators.clear();
    tape_->externals.clear();
    tape_->leaves.clear();
  }
  return tape_;
}

RecordingPaused::RecordingPaused() : recorder_(Recorder::Current()) {
  if (recorder_ != nullptr) recorder_->is_paused_ = true;
}

RecordingPaused::~RecordingPaused() {
  if (recorder_ != nullptr) recorder_->is_paused_ = false;
}

}  // namespace sconce

#include "replay.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/List.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>

#include <cmath>
#include <optional>
#include <utility>

#include "entry.h"
#include "environment.h"
#include "error.h"
#include "js-call.h"
#include "openmp.h"

namespace sconce {

namespace {

// What an operator warns of, it warned of when it was recorded.
class Silence final : public c10::WarningHandler {
 public:
  void process(const c10::Warning&) override {}
};

struct Stopped : std::exception {};

// As a number of JS becomes one: an int where it is integral.
at::Scalar ScalarOf(double number) {
  return number == std::trunc(number) && std::abs(number) < 0x1p63
             ? at::Scalar(static_cast<int64_t>(number))
             : at::Scalar(number);
}

}  // namespace

Replay::Replay(std::shared_ptr<const Tape> tape, std::vector<at::Tensor> inputs,
               std::vector<double> numbers)
    : tape_(std::move(tape)), registers_(std::move(inputs)), numbers_(std::move(numbers)) {
  registers_.resize(static_cast<size_t>(tape_->register_count));
  for (const Tape::External& external : tape_->externals) {
    registers_[static_cast<size_t>(external.reg)] = external.tensor;
  }
  for (const at::Tensor& tensor : registers_) {
    if (stream_ || !tensor.defined() || tensor.device().is_cpu() || tensor.device().is_meta()) {
      continue;
    }
    // The thread of a replay has streams of its own: the work belongs on the one of here and now.
    stream_ = c10::impl::VirtualGuardImpl(tensor.device().type()).getStream(tensor.device());
  }
  for (const Tape::Leaf& leaf : tape_->leaves) {
    if (leaf.before_register == kNoRegister) continue;
    registers_[static_cast<size_t>(leaf.before_register)] = leaf.tensor.grad();
  }
}

double Replay::Evaluate(const LiveNumber& number) const {
  std::vector<double> stack;
  const auto pop = [&] {
    const double top = stack.back();
    stack.pop_back();
    return top;
  };
  for (const LiveNumber::Instruction& instruction : number.instructions) {
    const auto binary = [&](auto&& compute) {
      const double right = pop();
      stack.back() = compute(stack.back(), right);
    };
    switch (instruction.code) {
      case LiveNumber::Code::kConstant: stack.push_back(instruction.constant); break;
      case LiveNumber::Code::kInput:
        stack.push_back(numbers_.at(static_cast<size_t>(instruction.index)));
        break;
      case LiveNumber::Code::kItem:
        stack.push_back(registers_[static_cast<size_t>(instruction.index)].item().toDouble());
        break;
      case LiveNumber::Code::kNegate: stack.back() = -stack.back(); break;
      case LiveNumber::Code::kAdd: binary([](double a, double b) { return a + b; }); break;
      case LiveNumber::Code::kSub: binary([](double a, double b) { return a - b; }); break;
      case LiveNumber::Code::kMul: binary([](double a, double b) { return a * b; }); break;
      case LiveNumber::Code::kDiv: binary([](double a, double b) { return a / b; }); break;
      case LiveNumber::Code::kPow: binary([](double a, double b) { return std::pow(a, b); }); break;
    }
  }
  return pop();
}

void Replay::Push(const Operand& operand) {
  const auto at = [&](Register reg) -> const at::Tensor& {
    return registers_[static_cast<size_t>(reg)];
  };
  switch (operand.kind) {
    case Operand::Kind::kConstant: stack_.push_back(operand.constant); break;
    case Operand::Kind::kTensor: stack_.emplace_back(at(operand.registers[0])); break;
    case Operand::Kind::kTensors: {
      c10::List<at::Tensor> list;
      list.reserve(operand.registers.size());
      for (const Register reg : operand.registers) {
        list.push_back(reg == kNoRegister ? at::Tensor() : at(reg));
      }
      stack_.emplace_back(std::move(list));
      break;
    }
    case Operand::Kind::kOptionalTensors: {
      c10::List<std::optional<at::Tensor>> list;
      list.reserve(operand.registers.size());
      for (const Register reg : operand.registers) {
        list.push_back(reg == kNoRegister ? std::nullopt : std::optional<at::Tensor>(at(reg)));
      }
      stack_.emplace_back(std::move(list));
      break;
    }
    case Operand::Kind::kLive: {
      const double number = Evaluate(operand.numbers[0]);
      if (operand.is_float) {
        stack_.emplace_back(number);
      } else {
        stack_.emplace_back(ScalarOf(number));
      }
      break;
    }
    case Operand::Kind::kLiveList: {
      c10::impl::GenericList list(c10::NumberType::get());
      for (const LiveNumber& number : operand.numbers) list.push_back(ScalarOf(Evaluate(number)));
      stack_.emplace_back(std::move(list));
      break;
    }
  }
}

void Replay::RunOperator(const TapeOperator& op) {
  stack_.clear();
  for (const Operand& operand : op.operands) Push(operand);
  // One tensor for all that see this memory alike, and this operator changes only how its own does.
  if (op.handle.hasTag(at::Tag::inplace_view)) stack_[0] = stack_[0].toTensor().detach();
  if (c10::GradMode::is_enabled() != op.is_grad_enabled) {
    c10::GradMode::set_enabled(op.is_grad_enabled);
  }
  op.handle.callBoxed(stack_);
  size_t next = 0;
  const auto keep = [&](at::Tensor tensor) {
    const Register reg = op.results[next++];
    if (reg == kNoRegister) return;
    at::Tensor& place = registers_[static_cast<size_t>(reg)];
    // What comes back changed in place is there already.
    if (!place.defined()) place = std::move(tensor);
  };
  if (!op.results.empty()) {
    for (c10::IValue& value : stack_) {
      if (value.isTensor()) {
        keep(std::move(value).toTensor());
      } else if (value.isTensorList()) {
        for (const at::Tensor& tensor : value.toTensorVector()) keep(tensor);
      }
    }
  }
  stack_.clear();
  for (const Register reg : op.dying) registers_[static_cast<size_t>(reg)].reset();
}

void Replay::Run(const std::atomic<bool>* stopping) {
  const TapeOperator* running = nullptr;
  const bool was_grad_enabled = c10::GradMode::is_enabled();
  try {
    c10::OptionalStreamGuard on_stream(stream_);
    const c10::InferenceMode inference(tape_->modes.inference);
    const at::AutoDispatchBelowADInplaceOrView below;
    for (const TapeOperator& op : tape_->operators) {
      if (stopping != nullptr && stopping->load(std::memory_order_relaxed)) throw Stopped();
      running = &op;
      RunOperator(op);
    }
  } catch (...) {
    error_ = std::current_exception();
    stack_.clear();
    if (running != nullptr) failed_ = running->handle.operator_name().name;
  }
  c10::GradMode::set_enabled(was_grad_enabled);
}

void Replay::Apply() {
  if (std::exchange(is_applied_, true)) return;
  // What it wrote before it failed is written.
  const auto raise = [](const at::Tensor& tensor, uint32_t versions) {
    for (uint32_t i = 0; i < versions; ++i) tensor.unsafeGetTensorImpl()->bump_version();
  };
  for (const Tape::External& external : tape_->externals) {
    raise(external.tensor, external.versions);
  }
  for (size_t i = 0; i < tape_->inputs.size(); ++i) raise(registers_[i], tape_->inputs[i].versions);
  if (error_) return;
  for (const Tape::Leaf& leaf : tape_->leaves) {
    if (leaf.after == Tape::Leaf::After::kNone) leaf.tensor.mutable_grad().reset();
    if (leaf.after == Tape::Leaf::After::kSet) {
      leaf.tensor.mutable_grad() = registers_[static_cast<size_t>(leaf.after_register)];
    }
  }
}

std::vector<at::Tensor> Replay::TakeResults() {
  if (error_) std::rethrow_exception(error_);
  std::vector<at::Tensor> results;
  for (const Tape::Result& result : tape_->results) {
    if (result.kind == Tape::Result::Kind::kMade) {
      results.push_back(registers_[static_cast<size_t>(result.reg)]);
    }
  }
  registers_.clear();
  return results;
}

std::shared_ptr<Replayer> MakeReplayer(Environment& environment) {
  return std::make_shared<Replayer>(environment);
}

napi_value Replayer::Submit(std::shared_ptr<Replay> replay) {
  const bool is_first = shared_ == nullptr;
  if (is_first) shared_ = std::make_shared<Shared>();
  const auto work = [replay, shared = shared_, threads = at::get_num_threads(),
                     flushes = flushes_denormals] {
    Silence silence;
    const c10::WarningUtils::WarningHandlerGuard silent(&silence);
    if (at::get_num_threads() != threads) at::set_num_threads(threads);
    at::globalContext().setFlushDenormal(flushes);
    replay->Run(&shared->stopping);
    const std::lock_guard<std::mutex> lock(shared->mutex);
    ++shared->run;
    shared->changed.notify_all();
  };
  const auto finish = [replay](Environment& environment) {
    environment.replayer->ApplyUpTo(replay.get());
    try {
      return ToIds(environment, replay->TakeResults());
    } catch (...) {
      ThrowCurrentException(environment, replay->failed().c_str());
      throw PendingException();
    }
  };
  ReleaseTeam();
  napi_value promise = environment_.async.Enqueue(environment_, work, finish);
  under_way_.push_back(std::move(replay));
  ++submitted_;
  if (is_first) {
    // Node calls what was added last first: a replay under way hears of it before it is waited for.
    CheckStatus(
        environment_.env,
        napi_add_env_cleanup_hook(
            environment_.env, [](void* shared) { static_cast<Shared*>(shared)->stopping = true; },
            shared_.get()));
  }
  return promise;
}

void Replayer::Settle() {
  if (!IsBusy()) return;
  {
    std::unique_lock<std::mutex> lock(shared_->mutex);
    shared_->changed.wait(lock, [&] { return shared_->run == submitted_; });
  }
  ApplyUpTo(nullptr);
}

void Replayer::ApplyUpTo(const Replay* last) {
  while (!under_way_.empty()) {
    const std::shared_ptr<Replay> replay = std::move(under_way_.front());
    under_way_.pop_front();
    replay->Apply();
    if (replay.get() == last) return;
  }
}

}  // namespace sconce

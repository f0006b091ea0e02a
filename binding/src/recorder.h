#pragma once

#include <ATen/record_function.h>

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tape.h"

namespace sconce {

struct Environment;

// Why a call cannot be replayed.
struct Refusal {
  std::string reason;
  // The operator, where one is to blame.
  std::string op;
  // The lines of JS that led there.
  std::string stack;
};

// Writes a tape of what this thread dispatches, below autograd: forward, backward and optimizer are
// all operators there. libtorch tells of every call through the dispatcher; what calls come from
// within an operator that is on the tape are its own business.
class Recorder {
 public:
  Recorder(Environment& environment, std::vector<at::Tensor> inputs);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // That of this thread; null where nothing is being recorded, or recording pauses.
  static Recorder* Current();

  // The recording goes on to its end, and gives no tape; the first reason is kept.
  void Refuse(std::string reason, std::string op = "");
  const std::optional<Refusal>& refusal() const { return refusal_; }

  // A leaf whose gradient may change from here on, or is about to be taken away.
  void NoteLeaf(const at::Tensor& leaf);
  void NoteReplaced(const at::Tensor& leaf);

  // The argument of the operator that JS calls next which is a live number.
  struct LiveArgument {
    size_t argument;
    // One for a number, several for a list of them.
    std::vector<LiveNumber> numbers;
  };
  void AddLive(LiveArgument live) { announced_.push_back(std::move(live)); }
  // `place(argument)` gives the position of an argument of JS in the operator's schema, or -1.
  template <class Place>
  void BindLive(Place&& place) {
    for (LiveArgument& live : announced_) {
      const int position = place(live.argument);
      if (position < 0) return Refuse("a number that changes with each step went astray");
      live.argument = static_cast<size_t>(position);
      bound_.push_back(std::move(live));
    }
    announced_.clear();
  }
  // The register of a tensor whose element a live number reads.
  Register RegisterOf(const at::Tensor& tensor);

  // The tape of a call that returned these tensors; where it was refused, one that knows nothing
  // but its inputs.
  std::shared_ptr<Tape> Finish(const std::vector<at::Tensor>& results);

 private:
  friend class RecordingPaused;

  // A call of the dispatcher that has begun and not ended.
  struct Call {
    enum class Kind { kUnseen, kRecorded, kTransparent, kPrelude };
    Kind kind = Kind::kUnseen;
    std::optional<TapeOperator> op;
    // How many operators were on the tape as it began.
    size_t start = 0;
  };

  static std::unique_ptr<at::ObserverContext> OnStart(const at::RecordFunction& function);
  static void OnEnd(const at::RecordFunction& function, at::ObserverContext* context);
  void Start(const at::RecordFunction& function);
  void End(const at::RecordFunction& function);

  void Begin(const c10::OperatorHandle& handle, c10::ArrayRef<const c10::IValue> arguments);
  void Complete(TapeOperator op, const std::vector<c10::IValue>& outputs);
  // A call that came to others in the end, unless it wrote what they made by itself.
  void Collapse(Call& call, const std::vector<c10::IValue>& outputs);
  bool IsPrelude(const c10::OperatorHandle& handle, c10::ArrayRef<const c10::IValue> arguments);
  TapeOperator ReadOperator(const c10::OperatorHandle& handle,
                            c10::ArrayRef<const c10::IValue> arguments);
  void CheckReads(const TapeOperator& op);
  void Hide(const std::vector<c10::IValue>& outputs, const std::string& name);
  void ApplyLive(TapeOperator& op);
  void CheckOperator(const c10::OperatorHandle& handle, c10::ArrayRef<const c10::IValue> arguments);
  Operand ReadOperand(const c10::IValue& value, const std::string& name);
  // The register of an argument: a known one, or a new one for a tensor from outside.
  Register Use(const at::Tensor& tensor, const std::string& name);
  std::optional<Register> Find(const at::Tensor& tensor) const;
  Register Define(const at::Tensor& tensor);
  void NoteWrites(const TapeOperator& op);
  bool IsOutside(const at::Tensor& leaf) const;
  void FinishLeaves();
  void CheckInputs();
  void CheckRegisters();

  // What stands for a tensor: its memory and how it is seen.
  static std::string KeyOf(const at::Tensor& tensor);
  static const void* StorageOf(const at::Tensor& tensor);
  // Keeps the address of a storage from being used again, not its memory.
  void Pin(const at::Tensor& tensor);

  struct Leaf {
    at::Tensor tensor;
    at::Tensor before;
    bool is_cleared_first = false;
    bool is_changed = false;
    Register before_register = kNoRegister;
  };

  Environment& environment_;
  Recorder* const outer_;
  at::CallbackHandle callback_;
  std::shared_ptr<Tape> tape_ = std::make_shared<Tape>();
  std::optional<Refusal> refusal_;
  std::vector<at::Tensor> inputs_;
  std::vector<Call> calls_;
  size_t recorded_depth_ = 0;
  std::unordered_map<std::string, Register> registers_;
  // Storages of what operators on the tape gave, and of what calls within them did.
  std::unordered_set<const void*> made_;
  std::unordered_map<const void*, std::string> hidden_;
  // Storages that no operator on the tape has written to.
  std::unordered_set<const void*> blank_;
  // The storage of each register.
  std::vector<const void*> storages_;
  std::unordered_set<const void*> storage_set_;
  std::vector<c10::weak_intrusive_ptr<c10::StorageImpl>> pins_;
  bool is_paused_ = false;
  std::vector<Leaf> leaves_;
  std::unordered_map<const void*, size_t> leaf_indices_;
  std::unordered_map<std::string, size_t> gradients_before_;
  std::vector<LiveArgument> announced_, bound_;
};

// No recorder sees what this thread does meanwhile.
class RecordingPaused {
 public:
  RecordingPaused();
  ~RecordingPaused();
  RecordingPaused(const RecordingPaused&) = delete;
  RecordingPaused& operator=(const RecordingPaused&) = delete;

 private:
  Recorder* const recorder_;
};

// Where JS reads or changes what no tape can know of.
inline void RefuseRecording(const char* reason, const char* op = "") {
  if (Recorder* recorder = Recorder::Current()) recorder->Refuse(reason, op);
}

}  // namespace sconce

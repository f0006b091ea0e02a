#pragma once

#include <c10/core/Stream.h>
#include <node_api.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tape.h"

namespace sconce {

struct Environment;

// One run of a tape. It is made and applied on the thread of its JS, and may run on another.
class Replay {
 public:
  Replay(std::shared_ptr<const Tape> tape, std::vector<at::Tensor> inputs,
         std::vector<double> numbers);

  // Runs every operator; `stopping`, where there is such a flag, ends it between two of them.
  void Run(const std::atomic<bool>* stopping = nullptr);
  // Makes gradients and version counters what the step leaves behind, once.
  void Apply();
  // The tensors that the step made and returns, once. Throws what `Run` met.
  std::vector<at::Tensor> TakeResults();

  // The operator that failed.
  const std::string& failed() const { return failed_; }

 private:
  void Push(const Operand& operand);
  void RunOperator(const TapeOperator& op);
  double Evaluate(const LiveNumber& number) const;

  std::shared_ptr<const Tape> tape_;
  std::vector<at::Tensor> registers_;
  std::vector<double> numbers_;
  std::optional<c10::Stream> stream_;
  torch::jit::Stack stack_;
  std::string failed_;
  std::exception_ptr error_;
  bool is_applied_ = false;
};

// The replays of one JS thread that are under way off it. What they leave behind is applied in
// their order.
class Replayer {
 public:
  explicit Replayer(Environment& environment) : environment_(environment) {}

  // Queues it; a Promise of the ids of its results.
  napi_value Submit(std::shared_ptr<Replay> replay);
  // Waits for all that are queued, and applies them.
  void Settle();
  bool IsBusy() const { return !under_way_.empty(); }

  // What this thread is set to, which is a thread's own affair.
  bool flushes_denormals = false;

 private:
  // Shared with the thread that runs them.
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    uint64_t run = 0;
    std::atomic<bool> stopping{false};
  };

  // Applies all up to this one, or all.
  void ApplyUpTo(const Replay* last);

  Environment& environment_;
  std::shared_ptr<Shared> shared_;
  std::deque<std::shared_ptr<Replay>> under_way_;
  uint64_t submitted_ = 0;
};

}  // namespace sconce

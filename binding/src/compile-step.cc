#include "compile-step.h"

#include <ATen/ThreadLocalState.h>

#include <memory>

#include "convert.h"
#include "entry.h"
#include "error.h"
#include "js-call.h"
#include "recorder.h"
#include "replay.h"

namespace sconce {

namespace {

using SharedTape = std::shared_ptr<Tape>;

SharedTape TapeOf(napi_env env, napi_value value) {
  void* tape = nullptr;
  CheckStatus(env, napi_get_value_external(env, value, &tape));
  return *static_cast<SharedTape*>(tape);
}

std::vector<double> Numbers(const Arguments& arguments, size_t index, napi_env env) {
  std::vector<double> numbers;
  arguments.ForEach(index, [&](napi_value element) {
    CheckStatus(env, napi_get_value_double(env, element, &numbers.emplace_back()));
  });
  return numbers;
}

// tapeBegin(tensor ids): records what this thread dispatches from here on.
napi_value TapeBegin(Environment& environment, const Arguments& arguments) {
  if (environment.recorder) {
    throw Error(ErrorClass::kTorch, "ERR_RECORDING", "a step is being recorded already");
  }
  environment.recorder = std::make_shared<Recorder>(environment, arguments.Tensors(0));
  return nullptr;
}

// tapeAbort(): ends a recording whose function threw.
napi_value TapeAbort(Environment& environment, const Arguments&) {
  environment.recorder.reset();
  return nullptr;
}

// tapeEnd(result ids): [tape, reason, operator, stack, kind, register, ...]: why it is none to be
// replayed, or null, and a kind and a register for each result of one that is.
napi_value TapeEnd(Environment& environment, const Arguments& arguments) {
  napi_env env = environment.env;
  const auto recorder = std::move(environment.recorder);
  auto tape = std::make_unique<SharedTape>(recorder->Finish(arguments.Tensors(0)));
  napi_value array, element;
  CheckStatus(env, napi_create_array(env, &array));
  uint32_t length = 0;
  const auto push = [&](napi_value value) {
    CheckStatus(env, napi_set_element(env, array, length++, value));
  };
  CheckStatus(env, napi_create_external(
                       env, tape.get(),
                       [](napi_env, void* data, void*) { delete static_cast<SharedTape*>(data); },
                       nullptr, &element));
  const Tape& recorded = **tape.release();
  push(element);
  if (const auto& refusal = recorder->refusal()) {
    for (const std::string& text : {refusal->reason, refusal->op, refusal->stack}) {
      push(FromString(env, text));
    }
    return array;
  }
  CheckStatus(env, napi_get_null(env, &element));
  for (int i = 0; i < 3; ++i) push(element);
  for (const Tape::Result& result : recorded.results) {
    push(arguments.Number(static_cast<double>(result.kind)));
    push(arguments.Number(result.reg));
  }
  return array;
}

// tapeRefuse(reason): for what only JS knows of.
napi_value TapeRefuse(Environment& environment, const Arguments& arguments) {
  if (environment.recorder) environment.recorder->Refuse(arguments.String(0));
  return nullptr;
}

// tapeDifference(tape, later): string | undefined
napi_value TapeDifference(Environment& environment, const Arguments& arguments) {
  napi_env env = environment.env;
  const auto difference = DifferenceOf(*TapeOf(env, arguments[0]), *TapeOf(env, arguments[1]));
  return difference ? FromString(env, *difference) : nullptr;
}

// tapeOptimize(tape): before its first replay.
napi_value TapeOptimize(Environment& environment, const Arguments& arguments) {
  Optimize(*TapeOf(environment.env, arguments[0]));
  return nullptr;
}

// tapeSize(tape): how many operators it runs.
napi_value TapeSize(Environment& environment, const Arguments& arguments) {
  return arguments.Number(
      static_cast<double>(TapeOf(environment.env, arguments[0])->operators.size()));
}

// tapeGuard(tape, tensor ids): string | undefined, what keeps it from being replayed with these.
napi_value TapeGuard(Environment& environment, const Arguments& arguments) {
  napi_env env = environment.env;
  const char* failure = GuardFailure(*TapeOf(env, arguments[0]), arguments.Tensors(1));
  return failure != nullptr ? FromString(env, failure) : nullptr;
}

// tapeSubmit(tape, tensor ids, numbers): a Promise of the ids of a replay's results; undefined
// where the tape is none for these, null where it must wait for those before it.
napi_value TapeSubmit(Environment& environment, const Arguments& arguments) {
  const SharedTape tape = TapeOf(environment.env, arguments[0]);
  std::vector<at::Tensor> inputs = arguments.Tensors(1);
  if (tape->reads_gradients && environment.replayer->IsBusy()) {
    napi_value null;
    CheckStatus(environment.env, napi_get_null(environment.env, &null));
    return null;
  }
  if (GuardFailure(*tape, inputs) != nullptr) return nullptr;
  auto replay =
      std::make_shared<Replay>(tape, std::move(inputs), Numbers(arguments, 2, environment.env));
  environment.pressure.Check();
  return environment.replayer->Submit(std::move(replay));
}

// tapeRun(tape, tensor ids, numbers): ids of the results of a replay on this thread; undefined
// where the tape is none for these.
napi_value TapeRun(Environment& environment, const Arguments& arguments) {
  const SharedTape tape = TapeOf(environment.env, arguments[0]);
  std::vector<at::Tensor> inputs = arguments.Tensors(1);
  environment.replayer->Settle();
  if (GuardFailure(*tape, inputs) != nullptr) return nullptr;
  Replay replay(tape, std::move(inputs), Numbers(arguments, 2, environment.env));
  environment.pressure.Check();
  replay.Run();
  replay.Apply();
  try {
    return arguments.NewTensors(replay.TakeResults());
  } catch (...) {
    ThrowCurrentException(environment, replay.failed().c_str());
    throw PendingException();
  }
}

// replaySettle(): waits for all replays that were queued.
napi_value ReplaySettle(Environment& environment, const Arguments&) {
  environment.replayer->Settle();
  return nullptr;
}

// asyncIdle(): a Promise for when all is done that was queued before.
napi_value AsyncIdle(Environment& environment, const Arguments&) {
  return environment.async.Enqueue(
      environment, [] {}, [](Environment&) { return nullptr; });
}

// threadState(): the modes of this thread, for `underState`.
napi_value ThreadState(Environment& environment, const Arguments&) {
  auto state = std::make_unique<at::ThreadLocalState>();
  napi_value external;
  CheckStatus(environment.env, napi_create_external(
                                   environment.env, state.get(),
                                   [](napi_env, void* data, void*) {
                                     delete static_cast<at::ThreadLocalState*>(data);
                                   },
                                   nullptr, &external));
  state.release();
  return external;
}

// underState(state, run: () => any): what `run` returns under the modes of another moment.
napi_value UnderState(Environment& environment, const Arguments& arguments) {
  napi_env env = environment.env;
  void* state = nullptr;
  CheckStatus(env, napi_get_value_external(env, arguments[0], &state));
  const at::ThreadLocalStateGuard guard(*static_cast<at::ThreadLocalState*>(state));
  napi_value receiver, result;
  CheckStatus(env, napi_get_undefined(env, &receiver));
  CheckStatus(env, napi_call_function(env, receiver, arguments[1], 0, nullptr, &result));
  return result;
}

// peek(id): the only element of a tensor, which a live number will read.
napi_value Peek(Environment&, const Arguments& arguments) {
  const RecordingPaused paused;
  return arguments.Number(arguments.Tensor(0).item().toDouble());
}

// announceLive(argument, programs): the number, or each of a list of numbers, that the next call is
// given as its argument. A program is a list of a code and an operand in turn.
napi_value AnnounceLive(Environment& environment, const Arguments& arguments) {
  Recorder* recorder = Recorder::Current();
  if (recorder == nullptr) return nullptr;
  napi_env env = environment.env;
  Recorder::LiveArgument live{static_cast<size_t>(arguments.Int32(0)), {}};
  arguments.ForEach(1, [&](napi_value program) {
    LiveNumber& number = live.numbers.emplace_back();
    uint32_t length = 0;
    CheckStatus(env, napi_get_array_length(env, program, &length));
    for (uint32_t i = 0; i + 1 < length; i += 2) {
      double code = 0, operand = 0;
      napi_value element;
      CheckStatus(env, napi_get_element(env, program, i, &element));
      CheckStatus(env, napi_get_value_double(env, element, &code));
      CheckStatus(env, napi_get_element(env, program, i + 1, &element));
      CheckStatus(env, napi_get_value_double(env, element, &operand));
      LiveNumber::Instruction instruction{static_cast<LiveNumber::Code>(static_cast<int32_t>(code)),
                                          operand, 0};
      if (instruction.code == LiveNumber::Code::kInput) {
        instruction.index = static_cast<int32_t>(operand);
      } else if (instruction.code == LiveNumber::Code::kItem) {
        instruction.index =
            recorder->RegisterOf(environment.slots.Get(static_cast<TensorId>(operand)));
        // An id is no part of what the number is.
        instruction.constant = 0;
      }
      number.instructions.push_back(instruction);
    }
  });
  recorder->AddLive(std::move(live));
  return nullptr;
}

}  // namespace

void InitCompileStep(napi_env env, napi_value exports) {
  Define<TapeBegin>(env, exports, "tapeBegin");
  Define<TapeAbort>(env, exports, "tapeAbort");
  Define<TapeEnd>(env, exports, "tapeEnd");
  Define<TapeRefuse>(env, exports, "tapeRefuse");
  Define<TapeDifference>(env, exports, "tapeDifference");
  Define<TapeOptimize>(env, exports, "tapeOptimize");
  Define<TapeSize>(env, exports, "tapeSize");
  Define<TapeGuard>(env, exports, "tapeGuard");
  Define<TapeSubmit>(env, exports, "tapeSubmit");
  Define<TapeRun>(env, exports, "tapeRun");
  Define<ReplaySettle>(env, exports, "replaySettle");
  Define<AsyncIdle>(env, exports, "asyncIdle");
  Define<ThreadState>(env, exports, "threadState");
  Define<UnderState>(env, exports, "underState");
  Define<Peek>(env, exports, "peek");
  Define<AnnounceLive>(env, exports, "announceLive");
}

}  // namespace sconce

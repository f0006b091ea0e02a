#include "async.h"

#include <ATen/ThreadLocalState.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/clone.h>
#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "entry.h"
#include "error.h"
#include "openmp.h"
#include "recorder.h"

namespace sconce {

struct Async::Job {
  Environment* environment;
  napi_deferred deferred;
  Work work;
  Poll poll;
  Finish finish;
  uint64_t lane = 0;
  bool queued = false;
  std::exception_ptr error;
};

// The two threads and what they share with JS; started at the first use.
class Async::Threads {
 public:
  explicit Threads(napi_threadsafe_function deliver) : deliver_(deliver) {}

  napi_threadsafe_function deliver() const { return deliver_; }

  void Queue(std::unique_ptr<Job> job) {
    Push(jobs_, std::move(job), worker_, [this] { Work(); });
  }
  void Wait(std::unique_ptr<Job> job) {
    Push(waiting_, std::move(job), waiter_, [this] { Poll(); });
  }

  // What is under way is finished, what is queued is dropped: nobody hears of it any more.
  void Stop() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
    if (worker_.joinable()) worker_.join();
    if (waiter_.joinable()) waiter_.join();
    jobs_.clear();
    waiting_.clear();
  }

 private:
  // Who awaits each piece of work before the next comes back sooner.
  static constexpr std::chrono::milliseconds kShortRest{2};

  using Jobs = std::deque<std::unique_ptr<Job>>;

  template <class Body>
  void Push(Jobs& jobs, std::unique_ptr<Job> job, std::thread& thread, Body&& body) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopped_) return;
    jobs.push_back(std::move(job));
    if (!thread.joinable()) thread = std::thread(std::forward<Body>(body));
    changed_.notify_all();
  }

  void Tell(std::unique_ptr<Job> job) {
    napi_call_threadsafe_function(deliver_, job.release(), napi_tsfn_blocking);
  }

  void Work() {
    while (true) {
      std::unique_lock<std::mutex> lock(mutex_);
      const auto has_news = [&] { return stopped_ || !jobs_.empty(); };
      if (!changed_.wait_for(lock, kShortRest, has_news)) {
        lock.unlock();
        ReleaseTeam();
        lock.lock();
        changed_.wait(lock, has_news);
      }
      if (stopped_) return;
      std::unique_ptr<Job> job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      try {
        job->work();
      } catch (...) {
        job->error = std::current_exception();
      }
      // What the work held is let go of here, not when JS gets to it.
      job->work = nullptr;
      if (job->poll && !job->error) {
        Wait(std::move(job));
      } else {
        Tell(std::move(job));
      }
    }
  }

  void Poll() {
    // A device takes microseconds to seconds; asking after it costs about one microsecond.
    constexpr std::chrono::microseconds kShortest{10}, kLongest{200};
    std::chrono::microseconds pause = kShortest;
    Jobs own;
    while (true) {
      {
        std::unique_lock<std::mutex> lock(mutex_);
        const auto has_news = [&] { return stopped_ || !waiting_.empty(); };
        if (own.empty()) {
          changed_.wait(lock, has_news);
        } else {
          changed_.wait_for(lock, pause, has_news);
        }
        if (stopped_) return;
        for (auto& job : waiting_) own.push_back(std::move(job));
        waiting_.clear();
      }
      pause = TellThoseDone(own) ? kShortest : std::min(2 * pause, kLongest);
    }
  }

  bool TellThoseDone(Jobs& jobs) {
    std::vector<uint64_t> held;
    for (auto& job : jobs) {
      if (std::find(held.begin(), held.end(), job->lane) != held.end()) continue;
      bool is_done = true;
      try {
        is_done = job->poll();
      } catch (...) {
        job->error = std::current_exception();
      }
      if (is_done) {
        Tell(std::move(job));
      } else {
        held.push_back(job->lane);
      }
    }
    return std::erase(jobs, nullptr) > 0;
  }

  napi_threadsafe_function deliver_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Jobs jobs_, waiting_;
  bool stopped_ = false;
  std::thread worker_, waiter_;
};

Async::Async(napi_env env) : env_(env) {}

Async::~Async() = default;

void Async::Stop(void* data) { static_cast<Async*>(data)->threads_->Stop(); }

bool Async::IsBusy() const { return queued_ > 0; }

std::unique_ptr<Async::Job> Async::NewJob(Environment& environment, napi_value& promise) {
  if (threads_ == nullptr) {
    napi_value name;
    CheckStatus(env_, napi_create_string_utf8(env_, "sconce", NAPI_AUTO_LENGTH, &name));
    napi_threadsafe_function deliver = nullptr;
    CheckStatus(env_, napi_create_threadsafe_function(env_, nullptr, nullptr, name, 0, 1, nullptr,
                                                      nullptr, this, Deliver, &deliver));
    threads_ = std::make_unique<Threads>(deliver);
    // Node calls what was added last first: the threads end before what they call goes.
    CheckStatus(env_, napi_add_env_cleanup_hook(env_, Stop, this));
    CheckStatus(env_, napi_unref_threadsafe_function(env_, deliver));
  }
  auto job = std::make_unique<Job>();
  job->environment = &environment;
  CheckStatus(env_, napi_create_promise(env_, &job->deferred, &promise));
  // The event loop stays for as long as someone waits.
  if (pending_++ == 0) CheckStatus(env_, napi_ref_threadsafe_function(env_, threads_->deliver()));
  return job;
}

napi_value Async::Enqueue(Environment& environment, Work work, Finish finish, Poll poll,
                          uint64_t lane) {
  napi_value promise = nullptr;
  std::unique_ptr<Job> job = NewJob(environment, promise);
  job->work = std::move(work);
  job->finish = std::move(finish);
  job->poll = std::move(poll);
  job->lane = lane;
  job->queued = true;
  ++queued_;
  threads_->Queue(std::move(job));
  return promise;
}

napi_value Async::Await(Environment& environment, Poll poll, Finish finish, uint64_t lane) {
  napi_value promise = nullptr;
  std::unique_ptr<Job> job = NewJob(environment, promise);
  job->poll = std::move(poll);
  job->finish = std::move(finish);
  job->lane = lane;
  threads_->Wait(std::move(job));
  return promise;
}

// On the JS thread: settles the Promise. Without an environment, it is going.
void Async::Deliver(napi_env env, napi_value, void* context, void* data) {
  const std::unique_ptr<Job> job(static_cast<Job*>(data));
  if (env == nullptr) return;
  auto* async = static_cast<Async*>(context);
  if (job->queued) --async->queued_;
  if (--async->pending_ == 0) napi_unref_threadsafe_function(env, async->threads_->deliver());
  napi_value value = Guard(*job->environment, [&] {
    if (job->error) std::rethrow_exception(job->error);
    return job->finish(*job->environment);
  });
  bool failed = false;
  napi_is_exception_pending(env, &failed);
  if (failed) {
    napi_get_and_clear_last_exception(env, &value);
    napi_reject_deferred(env, job->deferred, value);
    return;
  }
  if (value == nullptr) napi_get_undefined(env, &value);
  napi_resolve_deferred(env, job->deferred, value);
}

namespace {

// A tensor on its way to the CPU's memory.
struct Read {
  at::Tensor tensor;
  std::optional<c10::Event> event;

  // Copies what is on a device behind what was submitted there before, into page-locked memory;
  // what is on the CPU is copied where it may change before JS looks.
  void Start(const at::Tensor& source, bool copies) {
    if (source.device().is_cpu()) {
      tensor = copies ? source.detach().clone() : source;
      return;
    }
    const c10::Device device = source.device();
    const c10::impl::VirtualGuardImpl guard(device.type());
    tensor = source.to(at::TensorOptions().device(c10::DeviceType::CPU), /*non_blocking=*/true);
    event.emplace(device.type());
    event->record(guard.getStream(device));
  }

  bool IsDone() const { return !event || event->query(); }

  static uint64_t Lane(const at::Tensor& source) {
    const c10::Device device = source.device();
    return device.is_cpu() ? 0 : static_cast<uint64_t>(device.index()) + 1;
  }
};

// readAsync(id, copies): Promise<id> of the tensor in the CPU's memory, as it is once everything
// that was called before is done.
napi_value ReadAsync(Environment& environment, const Arguments& arguments) {
  RefuseRecording("JavaScript reads the elements of a tensor");
  const at::Tensor source = arguments.Tensor(0);
  const bool copies = arguments.Boolean(1);
  auto read = std::make_shared<Read>();
  const auto finish = [read](Environment& env) {
    napi_value id;
    CheckStatus(env.env,
                napi_create_double(env.env, env.slots.Add(std::move(read->tensor), nullptr), &id));
    return id;
  };
  const auto poll = [read] { return read->IsDone(); };
  environment.pressure.Check();
  if (!environment.async.IsBusy()) {
    read->Start(source, copies);
    return environment.async.Await(environment, poll, finish, Read::Lane(source));
  }
  const auto work = [read, source, copies, state = at::ThreadLocalState()] {
    const at::ThreadLocalStateGuard guard(state);
    read->Start(source, copies);
  };
  return environment.async.Enqueue(environment, work, finish, poll, Read::Lane(source));
}

napi_value IsAsyncBusy(Environment& environment, const Arguments& arguments) {
  return arguments.Bool(environment.async.IsBusy());
}

}  // namespace

void InitAsync(napi_env env, napi_value exports) {
  Define<ReadAsync>(env, exports, "readAsync");
  Define<IsAsyncBusy>(env, exports, "isAsyncBusy");
}

}  // namespace sconce

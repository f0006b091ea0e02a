#pragma once

#include <node_api.h>

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>

namespace sconce {

struct Environment;

// What one JS thread has done off it. Work runs on a thread of its own, one piece after the other
// in the order of the calls; what a device must finish is asked after on another, so that neither
// holds up the event loop nor each other. JS hears of both by Promises.
class Async {
 public:
  // Runs off the JS thread; what it throws rejects the Promise.
  using Work = std::function<void()>;
  // Whether a device is done; asked off the JS thread until it is.
  using Poll = std::function<bool()>;
  // Runs on the JS thread at the end and gives the Promise's value.
  using Finish = std::function<napi_value(Environment&)>;

  explicit Async(napi_env env);
  ~Async();
  Async(const Async&) = delete;
  Async& operator=(const Async&) = delete;

  // Whether work is queued or under way, or its end not told yet. While none is, a value that JS
  // holds is what the operators called so far have made of it.
  bool IsBusy() const;

  // Queues `work`, and where there is a `poll`, waits for that behind it.
  napi_value Enqueue(Environment& environment, Work work, Finish finish, Poll poll = nullptr,
                     uint64_t lane = 0);
  // Waits for a device without queueing. What shares a lane (a stream) ends in the order of calls.
  napi_value Await(Environment& environment, Poll poll, Finish finish, uint64_t lane = 0);

 private:
  struct Job;
  class Threads;

  std::unique_ptr<Job> NewJob(Environment& environment, napi_value& promise);
  static void Deliver(napi_env env, napi_value callback, void* context, void* data);
  static void Stop(void* data);

  napi_env env_;
  std::unique_ptr<Threads> threads_;
  size_t pending_ = 0;
  size_t queued_ = 0;
};

// Reads of tensors that block nothing.
void InitAsync(napi_env env, napi_value exports);

}  // namespace sconce

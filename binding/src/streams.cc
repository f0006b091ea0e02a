#include "streams.h"

#include <ATen/Context.h>
#include <ATen/ops/record_stream.h>
#include <c10/core/Stream.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <chrono>
#include <thread>

#include "convert.h"
#include "entry.h"
#include "error.h"
#include "nvidia.h"
#include "version.h"

namespace sconce {

namespace {

using Guard = c10::impl::VirtualGuardImpl;

// The device of argument `index`, set up, and which one where the code says none.
c10::Device DeviceOf(const Arguments& arguments, size_t index) {
  const c10::Device device = ToDevice(arguments.Double(index));
  at::globalContext().lazyInitDevice(device.type());
  return device.has_index() ? device : Guard(device.type()).getDevice();
}

// A stream is two arguments: its number and its device.
c10::Stream StreamOf(const Arguments& arguments, size_t index) {
  return c10::Stream(c10::Stream::UNSAFE, ToDevice(arguments.Double(index + 1)),
                     static_cast<c10::StreamId>(arguments.Double(index)));
}

napi_value FromStream(Environment& environment, const Arguments& arguments,
                      const c10::Stream& stream) {
  napi_value pair;
  CheckStatus(environment.env, napi_create_array_with_length(environment.env, 2, &pair));
  CheckStatus(environment.env,
              napi_set_element(environment.env, pair, 0,
                               arguments.Number(static_cast<double>(stream.id()))));
  CheckStatus(environment.env, napi_set_element(environment.env, pair, 1,
                                                arguments.Number(DeviceCode(stream.device()))));
  return pair;
}

// newStream(device, priority): [number, device]
napi_value NewStream(Environment& environment, const Arguments& arguments) {
  const c10::Device device = DeviceOf(arguments, 0);
  return FromStream(environment, arguments,
                    Guard(device.type()).getNewStream(device, arguments.Int32(1)));
}

napi_value CurrentStream(Environment& environment, const Arguments& arguments) {
  const c10::Device device = DeviceOf(arguments, 0);
  return FromStream(environment, arguments, Guard(device.type()).getStream(device));
}

napi_value DefaultStream(Environment& environment, const Arguments& arguments) {
  const c10::Device device = DeviceOf(arguments, 0);
  return FromStream(environment, arguments, Guard(device.type()).getDefaultStream(device));
}

// setStream(number, device): the one in use on its device, which becomes the device in use.
napi_value SetStream(Environment&, const Arguments& arguments) {
  const c10::Stream stream = StreamOf(arguments, 0);
  const Guard guard(stream.device_type());
  if (guard.getDevice() != stream.device()) guard.setDevice(stream.device());
  guard.exchangeStream(stream);
  return nullptr;
}

napi_value QueryStream(Environment&, const Arguments& arguments) {
  return arguments.Bool(StreamOf(arguments, 0).query());
}

napi_value SynchronizeStream(Environment&, const Arguments& arguments) {
  StreamOf(arguments, 0).synchronize();
  return nullptr;
}

napi_value BigPointer(Environment& environment, const void* pointer) {
  napi_value value;
  CheckStatus(environment.env, napi_create_bigint_uint64(
                                   environment.env, reinterpret_cast<uint64_t>(pointer), &value));
  return value;
}

// streamHandle(number, device): the address of the device's own stream.
napi_value StreamHandle(Environment& environment, const Arguments& arguments) {
  return BigPointer(environment, NativeHandle(StreamOf(arguments, 0)));
}

napi_value PriorityOfStream(Environment&, const Arguments& arguments) {
  const c10::Stream stream = StreamOf(arguments, 0);
  const bool is_cuda = stream.device_type() == c10::DeviceType::CUDA;
  return arguments.Number(is_cuda ? StreamPriority(NativeHandle(stream)) : 0);
}

// recordStream(tensor, number, device)
napi_value RecordStream(Environment&, const Arguments& arguments) {
  at::Tensor tensor = arguments.Tensor(0);
  at::_ops::record_stream::call(tensor, StreamOf(arguments, 1));
  return nullptr;
}

std::shared_ptr<c10::Event> EventOf(Environment& environment, const Arguments& arguments,
                                    size_t index) {
  const auto* event = environment.events.Find(arguments.Int32(index));
  if (event != nullptr) return *event;
  throw Error(ErrorClass::kType, "ERR_ARGUMENT", "this is not a torch.Event");
}

// newEvent(device, timing: boolean, holder): number
napi_value NewEvent(Environment& environment, const Arguments& arguments) {
  const c10::Device device = ToDevice(arguments.Double(0));
  auto event = std::make_shared<c10::Event>(device.type(), arguments.Boolean(1)
                                                               ? c10::EventFlag::BACKEND_DEFAULT
                                                               : c10::EventFlag::PYTORCH_DEFAULT);
  return arguments.Number(environment.events.Add(environment.env, std::move(event), arguments[2]));
}

// recordEvent(event, number, device)
napi_value RecordEvent(Environment& environment, const Arguments& arguments) {
  EventOf(environment, arguments, 0)->record(StreamOf(arguments, 1));
  return nullptr;
}

// waitEvent(event, number, device): the stream waits.
napi_value WaitEvent(Environment& environment, const Arguments& arguments) {
  EventOf(environment, arguments, 0)->block(StreamOf(arguments, 1));
  return nullptr;
}

napi_value QueryEvent(Environment& environment, const Arguments& arguments) {
  return arguments.Bool(EventOf(environment, arguments, 0)->query());
}

// synchronizeEvent(event, sleeps: boolean): this thread waits, asleep or at work.
napi_value SynchronizeEvent(Environment& environment, const Arguments& arguments) {
  const std::shared_ptr<c10::Event> event = EventOf(environment, arguments, 0);
  if (!arguments.Boolean(1)) {
    event->synchronize();
    return nullptr;
  }
  constexpr std::chrono::microseconds kPause{50};
  while (!event->query()) std::this_thread::sleep_for(kPause);
  return nullptr;
}

// elapsedTime(start, end): milliseconds.
napi_value ElapsedTime(Environment& environment, const Arguments& arguments) {
  const std::shared_ptr<c10::Event> end = EventOf(environment, arguments, 1);
  return arguments.Number(EventOf(environment, arguments, 0)->elapsedTime(*end));
}

// eventDone(event): Promise<undefined>
napi_value EventDone(Environment& environment, const Arguments& arguments) {
  const std::shared_ptr<c10::Event> event = EventOf(environment, arguments, 0);
  return environment.async.Await(
      environment, [event] { return event->query(); },
      [](Environment&) -> napi_value { return nullptr; }, reinterpret_cast<uint64_t>(event.get()));
}

napi_value EventHandle(Environment& environment, const Arguments& arguments) {
  return BigPointer(environment, EventOf(environment, arguments, 0)->eventId());
}

// eventDevice(event): the code of the device on which it was recorded.
napi_value EventDevice(Environment& environment, const Arguments& arguments) {
  return arguments.Number(DeviceCode(EventOf(environment, arguments, 0)->device()));
}

}  // namespace

void InitStreams(napi_env env, napi_value exports) {
  Define<NewStream>(env, exports, "newStream");
  Define<CurrentStream>(env, exports, "currentStream");
  Define<DefaultStream>(env, exports, "defaultStream");
  Define<SetStream>(env, exports, "setStream");
  Define<QueryStream>(env, exports, "queryStream");
  Define<SynchronizeStream>(env, exports, "synchronizeStream");
  Define<StreamHandle>(env, exports, "streamHandle");
  Define<PriorityOfStream>(env, exports, "streamPriority");
  Define<RecordStream>(env, exports, "recordStream");
  Define<NewEvent>(env, exports, "newEvent");
  Define<RecordEvent>(env, exports, "recordEvent");
  Define<WaitEvent>(env, exports, "waitEvent");
  Define<QueryEvent>(env, exports, "queryEvent");
  Define<SynchronizeEvent>(env, exports, "synchronizeEvent");
  Define<ElapsedTime>(env, exports, "elapsedTime");
  Define<EventDone>(env, exports, "eventDone");
  Define<EventHandle>(env, exports, "eventHandle");
  Define<EventDevice>(env, exports, "eventDevice");
}

}  // namespace sconce

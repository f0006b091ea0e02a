#include "nvidia.h"

#include <cstdio>
#include <string>
#include <vector>

#include "convert.h"
#include "entry.h"
#include "error.h"
#include "library.h"

namespace sconce {

namespace {

// A library of NVIDIA's, opened at the first question.
class Library {
 public:
  Library(const char* name, const char* init, const char* what) : what_(what) {
    handle_ = LibraryOpen(name, 0);
    if (handle_ == nullptr) return;
    void* symbol = LibrarySymbol(handle_, init);
    // The driver takes flags, which are 0; who takes none does not look.
    if (symbol == nullptr || reinterpret_cast<int (*)(unsigned)>(symbol)(0) != 0) handle_ = nullptr;
  }

  bool IsThere() const { return handle_ != nullptr; }

  // Calls a function that returns 0 where it succeeds.
  template <class... Arguments>
  bool Try(const char* name, Arguments... arguments) const {
    void* symbol = handle_ == nullptr ? nullptr : LibrarySymbol(handle_, name);
    return symbol != nullptr && reinterpret_cast<int (*)(Arguments...)>(symbol)(arguments...) == 0;
  }

  template <class... Arguments>
  void Call(const char* name, Arguments... arguments) const {
    if (!IsThere()) {
      throw Error(ErrorClass::kTorch, "ERR_NVIDIA",
                  std::string(what_) + " is not there or does not start; it comes with the driver");
    }
    if (Try(name, arguments...)) return;
    throw Error(ErrorClass::kTorch, "ERR_NVIDIA", std::string(what_) + " refuses " + name);
  }

 private:
  const char* what_;
  void* handle_ = nullptr;
};

#ifdef _WIN32
constexpr const char* kManagement = "nvml.dll";
#else
constexpr const char* kManagement = "libnvidia-ml.so.1";
#endif

const Library& TheDriver() {
  static const Library driver(CUDA_DRIVER, "cuInit", "NVIDIA's driver");
  return driver;
}

const Library& TheManagement() {
  static const Library management(kManagement, "nvmlInit_v2", "NVIDIA's management library (NVML)");
  return management;
}

// The driver counts the GPUs as libtorch does: CUDA_VISIBLE_DEVICES holds for both.
int DriverDevice(int32_t index) {
  int device = 0;
  TheDriver().Call("cuDeviceGet", &device, static_cast<int>(index));
  return device;
}

std::string Uuid(int device) {
  unsigned char bytes[16] = {};
  if (!TheDriver().Try("cuDeviceGetUuid_v2", bytes, device)) {
    TheDriver().Call("cuDeviceGetUuid", bytes, device);
  }
  std::string text;
  for (int i = 0; i < 16; ++i) {
    char hexadecimal[4];
    std::snprintf(hexadecimal, sizeof hexadecimal, "%02x", bytes[i]);
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += hexadecimal;
  }
  return text;
}

// nvmlDevice_t of one of libtorch's GPUs.
void* ManagedDevice(int32_t index) {
  void* device = nullptr;
  if (!TheManagement().IsThere()) TheManagement().Call("nvmlInit_v2", 0U);
  const std::string uuid = "GPU-" + Uuid(DriverDevice(index));
  if (TheManagement().Try("nvmlDeviceGetHandleByUUID", uuid.c_str(), &device)) return device;
  // A part of a GPU (MIG) has the name of its own.
  const std::string part = "MIG-" + uuid.substr(4);
  TheManagement().Call("nvmlDeviceGetHandleByUUID", part.c_str(), &device);
  return device;
}

// deviceAttributes(index, attributes[]): number[], of `CUdevice_attribute`; -1 for an unknown one.
napi_value DeviceAttributes(Environment& environment, const Arguments& arguments) {
  const int device = DriverDevice(arguments.Int32(0));
  std::vector<int64_t> values;
  arguments.ForEach(1, [&](napi_value element) {
    int32_t attribute = 0;
    CheckStatus(environment.env, napi_get_value_int32(environment.env, element, &attribute));
    int value = -1;
    TheDriver().Try("cuDeviceGetAttribute", &value, static_cast<int>(attribute), device);
    values.push_back(value);
  });
  return arguments.Numbers(values);
}

napi_value DeviceName(Environment& environment, const Arguments& arguments) {
  char name[256] = {};
  TheDriver().Call("cuDeviceGetName", name, static_cast<int>(sizeof name),
                   DriverDevice(arguments.Int32(0)));
  return FromString(environment.env, name);
}

napi_value DeviceUuid(Environment& environment, const Arguments& arguments) {
  return FromString(environment.env, Uuid(DriverDevice(arguments.Int32(0))));
}

napi_value DeviceMemory(Environment&, const Arguments& arguments) {
  size_t bytes = 0;
  TheDriver().Call("cuDeviceTotalMem_v2", &bytes, DriverDevice(arguments.Int32(0)));
  return arguments.Number(static_cast<double>(bytes));
}

// canAccessPeer(index, peer): boolean
napi_value CanAccessPeer(Environment&, const Arguments& arguments) {
  int can = 0;
  TheDriver().Call("cuDeviceCanAccessPeer", &can, DriverDevice(arguments.Int32(0)),
                   DriverDevice(arguments.Int32(1)));
  return arguments.Bool(can != 0);
}

// gpuSensor(index, sensor): number
napi_value GpuSensor(Environment&, const Arguments& arguments) {
  const std::string sensor = arguments.String(1);
  const Library& management = TheManagement();
  void* device = ManagedDevice(arguments.Int32(0));
  unsigned value = 0;
  if (sensor == "temperature") {
    management.Call("nvmlDeviceGetTemperature", device, 0U, &value);
  } else if (sensor == "power") {
    management.Call("nvmlDeviceGetPowerUsage", device, &value);
  } else if (sensor == "clock") {
    management.Call("nvmlDeviceGetClockInfo", device, 1U, &value);
  } else if (sensor == "memoryUsed") {
    unsigned long long memory[3] = {};  // total, free, used
    management.Call("nvmlDeviceGetMemoryInfo", device, &memory[0]);
    return arguments.Number(static_cast<double>(memory[2]));
  } else {
    unsigned rates[2] = {};  // of the processor, of the memory
    management.Call("nvmlDeviceGetUtilizationRates", device, &rates[0]);
    value = rates[sensor == "memoryRate" ? 1 : 0];
  }
  return arguments.Number(value);
}

// gpuProcesses(index): [pid, bytes, pid, bytes, ...]
napi_value GpuProcesses(Environment&, const Arguments& arguments) {
  struct Process {
    unsigned pid;
    unsigned long long bytes;
    unsigned gpu_instance, compute_instance;
  };
  std::vector<Process> processes(1024);
  auto count = static_cast<unsigned>(processes.size());
  TheManagement().Call("nvmlDeviceGetComputeRunningProcesses_v3", ManagedDevice(arguments.Int32(0)),
                       &count, processes.data());
  std::vector<int64_t> values;
  for (unsigned i = 0; i < count; ++i) {
    values.push_back(processes[i].pid);
    values.push_back(static_cast<int64_t>(processes[i].bytes));
  }
  return arguments.Numbers(values);
}

}  // namespace

int StreamPriority(void* stream) {
  int priority = 0;
  TheDriver().Try("cuStreamGetPriority", stream, &priority);
  return priority;
}

void InitNvidia(napi_env env, napi_value exports) {
  Define<DeviceAttributes>(env, exports, "deviceAttributes");
  Define<DeviceName>(env, exports, "deviceName");
  Define<DeviceUuid>(env, exports, "deviceUuid");
  Define<DeviceMemory>(env, exports, "deviceMemory");
  Define<CanAccessPeer>(env, exports, "canAccessPeer");
  Define<GpuSensor>(env, exports, "gpuSensor");
  Define<GpuProcesses>(env, exports, "gpuProcesses");
}

}  // namespace sconce

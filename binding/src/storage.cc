#include "storage.h"

#include <ATen/core/Tensor.h>
#include <ATen/native/Resize.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <cstring>
#include <memory>

#include "entry.h"
#include "error.h"
#include "functorch.h"
#include "recorder.h"
#include "retained.h"

namespace sconce {

namespace {

std::vector<int64_t> Shape(const Arguments& arguments, size_t index, napi_env env) {
  std::vector<int64_t> shape;
  arguments.ForEach(index, [&](napi_value element) {
    double size = 0;
    CheckStatus(env, napi_get_value_double(env, element, &size));
    shape.push_back(static_cast<int64_t>(size));
  });
  return shape;
}

// The bytes of an ArrayBuffer or of any view on one.
void* BytesOf(napi_env env, napi_value value, size_t& bytes) {
  bool is_typed_array = false;
  void* data = nullptr;
  CheckStatus(env, napi_is_typedarray(env, value, &is_typed_array));
  if (!is_typed_array) {
    CheckStatus(env, napi_get_arraybuffer_info(env, value, &data, &bytes));
    return data;
  }
  size_t length = 0;
  napi_typedarray_type type;
  CheckStatus(env, napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr));
  static constexpr size_t kElementSizes[] = {1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8};
  bytes = length * kElementSizes[type];
  return data;
}

// fromBytes(buffer, shape, dtype, copy, holder): a CPU tensor of the bytes, or on the very bytes.
napi_value FromBytes(Environment& environment, const Arguments& arguments) {
  napi_env env = environment.env;
  size_t bytes = 0;
  void* data = BytesOf(env, arguments[0], bytes);
  const std::vector<int64_t> shape = Shape(arguments, 1, env);
  const auto dtype = static_cast<at::ScalarType>(arguments.Int32(2));
  if (c10::isQIntType(dtype)) {
    throw Error(ErrorClass::kType, "ERR_TYPE",
                "bytes alone make no quantized tensor: it needs a scale and a zero point");
  }
  size_t wanted = c10::elementSize(dtype);
  for (const int64_t size : shape) wanted *= static_cast<size_t>(size);
  if (wanted != bytes) {
    throw Error(ErrorClass::kValue, "ERR_VALUE",
                "the buffer has " + std::to_string(bytes) +
                    " bytes, and the shape and dtype want " + std::to_string(wanted));
  }
  environment.pressure.Check();
  const RecordingPaused paused;
  at::Tensor tensor;
  std::optional<TransformsHidden> hidden;
  if (InsideTransform()) hidden.emplace();
  if (arguments.Boolean(3) || bytes == 0) {
    tensor = at::empty(shape, at::TensorOptions().dtype(dtype));
    if (bytes > 0) std::memcpy(tensor.mutable_data_ptr(), data, bytes);
  } else {
    // The tensor may outlive the JS object and die on any thread: hence `Retained`.
    auto retained = std::make_shared<Retained>(environment, arguments[0]);
    tensor = at::from_blob(
        data, shape, [retained](void*) mutable { retained.reset(); },
        at::TensorOptions().dtype(dtype));
  }
  hidden.reset();
  return arguments.NewTensor(LiftFresh(std::move(tensor)), 4);
}

// Conjugates, negatives and zeros may be promised in a flag only: memory is asked for here.
at::Tensor Materialize(const at::Tensor& tensor) {
  return tensor._is_zerotensor() ? tensor.clone() : tensor.resolve_conj().resolve_neg();
}

const at::Tensor& RequireCpu(const at::Tensor& tensor) {
  if (!tensor.device().is_cpu() || tensor.layout() != at::kStrided) {
    throw Error(ErrorClass::kType, "ERR_NOT_CPU",
                "only dense CPU tensors have memory that JS can read; call x.cpu() (and "
                "x.toDense()) first, this one is on " +
                    tensor.device().str());
  }
  return tensor;
}

napi_value BufferOf(napi_env env, const at::Tensor& tensor, size_t bytes) {
  napi_value buffer;
  void* data = nullptr;
  CheckStatus(env, napi_create_arraybuffer(env, bytes, &data, &buffer));
  if (bytes > 0) std::memcpy(data, tensor.const_data_ptr(), bytes);
  return buffer;
}

// toBytes(id): ArrayBuffer, a copy of the elements in row-major order.
napi_value ToBytes(Environment& environment, const Arguments& arguments) {
  RefuseRecording("JavaScript reads the elements of a tensor");
  const at::Tensor plain = WithoutWrappers(arguments.Tensor(0));
  const TransformsHidden hidden;
  const at::Tensor tensor = Materialize(RequireCpu(plain)).contiguous();
  return BufferOf(environment.env, tensor, tensor.nbytes());
}

// shareBytes(id): ArrayBuffer on the tensor's own memory.
napi_value ShareBytes(Environment& environment, const Arguments& arguments) {
  RefuseRecording("JavaScript shares the memory of a tensor");
  const at::Tensor& tensor = RequireCpu(arguments.Tensor(0));
  if (!tensor.is_contiguous() || tensor.is_conj() || tensor.is_neg() || tensor._is_zerotensor()) {
    throw Error(ErrorClass::kValue, "ERR_NOT_CONTIGUOUS",
                "a view without a copy needs a contiguous tensor; call x.contiguous() first");
  }
  if (tensor.nbytes() == 0) return BufferOf(environment.env, tensor, 0);
  // The storage, not the tensor, whose memory may be exchanged; and as it is: a resize would move
  // it.
  at::Tensor held = tensor.variable_data();
  held.storage().unsafeGetStorageImpl()->set_resizable(false);
  environment.pressure.Check();
  napi_value buffer;
  CheckStatus(environment.env,
              napi_create_external_arraybuffer(environment.env, held.mutable_data_ptr(),
                                               held.nbytes(), nullptr, nullptr, &buffer));
  // A slot keeps the memory for the ArrayBuffer, as it does for tensors: a finalizer would wait for
  // the event loop. It belongs to no scope of tidy(), which cannot see what JS keeps of the memory.
  environment.slots.Keep(environment.slots.Add(std::move(held), buffer));
  return buffer;
}

napi_value IsResizable(Environment&, const Arguments& arguments) {
  return arguments.Bool(arguments.Tensor(0).storage().resizable());
}

// resizeStorage(id, bytes): the storage of the tensor, which keeps the bytes that fit.
napi_value ResizeStorage(Environment& environment, const Arguments& arguments) {
  RefuseRecording("the memory of a tensor is resized");
  const c10::Storage& storage = arguments.Tensor(0).storage();
  const auto bytes = static_cast<int64_t>(arguments.Double(1));
  if (!storage.resizable()) {
    throw Error(ErrorClass::kTorch, "ERR_NOT_RESIZABLE",
                "this storage cannot be resized: its memory is shared with JS");
  }
  environment.pressure.Check();
  at::native::resize_bytes_nocuda(storage, bytes);
  return nullptr;
}

}  // namespace

void InitStorage(napi_env env, napi_value exports) {
  Define<FromBytes>(env, exports, "fromBytes");
  Define<ToBytes>(env, exports, "toBytes");
  Define<ShareBytes>(env, exports, "shareBytes");
  Define<IsResizable>(env, exports, "isResizable");
  Define<ResizeStorage>(env, exports, "resizeStorage");
}

}  // namespace sconce

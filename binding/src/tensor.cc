#include "tensor.h"

#include <ATen/core/Tensor.h>

#include "allocator.h"
#include "convert.h"
#include "entry.h"
#include "error.h"
#include "memory.h"
#include "reference.h"

namespace sconce {

namespace {

// attach(id, holder): gives a slot the JS object that it lives by.
napi_value Attach(Environment& environment, const Arguments& arguments) {
  environment.slots.Attach(arguments.Int32(0), arguments[1]);
  return nullptr;
}

napi_value Release(Environment& environment, const Arguments& arguments) {
  environment.slots.Release(arguments.Int32(0));
  return nullptr;
}

napi_value BeginScope(Environment& environment, const Arguments&) {
  environment.slots.BeginScope();
  return nullptr;
}

// endScope(kept ids): object[], the JS objects of the tensors that it frees. Their ids must not be
// used again: the slot's generation comes round.
napi_value EndScope(Environment& environment, const Arguments& arguments) {
  std::vector<TensorId> kept;
  arguments.ForEach(0, [&](napi_value element) {
    TensorId id = 0;
    CheckStatus(environment.env, napi_get_value_int32(environment.env, element, &id));
    kept.push_back(id);
  });
  napi_value holders;
  CheckStatus(environment.env, napi_create_array(environment.env, &holders));
  uint32_t count = 0;
  const std::vector<TensorId> freed = environment.slots.EndScope(kept);
  FreedByScope watched(environment, freed.size());
  for (const TensorId id : freed) {
    napi_value holder = environment.slots.Holder(id);
    if (holder != nullptr) {
      watched.Add(holder);
      CheckStatus(environment.env, napi_set_element(environment.env, holders, count++, holder));
    }
    environment.slots.Release(id);
  }
  return holders;
}

napi_value Keep(Environment& environment, const Arguments& arguments) {
  environment.slots.Keep(arguments.Int32(0));
  return nullptr;
}

// detachedAlias(id, holder): shares the data, and has an autograd history of its own.
napi_value DetachedAlias(Environment&, const Arguments& arguments) {
  return arguments.NewTensor(arguments.Tensor(0).variable_data(), 1);
}

napi_value Sizes(Environment&, const Arguments& arguments) {
  return arguments.Numbers(arguments.Tensor(0).sizes());
}

napi_value Strides(Environment&, const Arguments& arguments) {
  return arguments.Numbers(arguments.Tensor(0).strides());
}

napi_value Dim(Environment&, const Arguments& arguments) {
  return arguments.Number(static_cast<double>(arguments.Tensor(0).dim()));
}

napi_value Numel(Environment&, const Arguments& arguments) {
  return arguments.Number(static_cast<double>(arguments.Tensor(0).numel()));
}

napi_value DType(Environment&, const Arguments& arguments) {
  return arguments.Number(static_cast<double>(arguments.Tensor(0).scalar_type()));
}

napi_value Device(Environment&, const Arguments& arguments) {
  return arguments.Number(DeviceCode(arguments.Tensor(0).device()));
}

napi_value Layout(Environment&, const Arguments& arguments) {
  return arguments.Number(static_cast<double>(arguments.Tensor(0).layout()));
}

// The number of a quantized tensor's scheme (`c10::QScheme`).
napi_value QScheme(Environment&, const Arguments& arguments) {
  return arguments.Number(static_cast<double>(arguments.Tensor(0).qscheme()));
}

// gradDType(id): the number of the dtype that its gradient must have, -1 where any will do.
napi_value GradDType(Environment&, const Arguments& arguments) {
  const std::optional<at::ScalarType> dtype = arguments.Tensor(0).grad_dtype();
  return arguments.Number(dtype ? static_cast<double>(*dtype) : -1);
}

napi_value SetGradDType(Environment&, const Arguments& arguments) {
  const int32_t code = arguments.Int32(1);
  arguments.Tensor(0).set_grad_dtype(
      code < 0 ? std::nullopt : std::optional<at::ScalarType>(static_cast<at::ScalarType>(code)));
  return nullptr;
}

napi_value IsNested(Environment&, const Arguments& arguments) {
  return arguments.Bool(arguments.Tensor(0).is_nested());
}

napi_value StorageOffset(Environment&, const Arguments& arguments) {
  return arguments.Number(static_cast<double>(arguments.Tensor(0).storage_offset()));
}

napi_value IsContiguous(Environment&, const Arguments& arguments) {
  const auto format = arguments.Has(1) ? static_cast<at::MemoryFormat>(arguments.Int32(1))
                                       : at::MemoryFormat::Contiguous;
  return arguments.Bool(arguments.Tensor(0).is_contiguous(format));
}

napi_value DataPointer(Environment& environment, const Arguments& arguments) {
  napi_value value;
  CheckStatus(environment.env,
              napi_create_bigint_uint64(
                  environment.env, reinterpret_cast<uint64_t>(arguments.Tensor(0).const_data_ptr()),
                  &value));
  return value;
}

// The storage's identity: tensors that share memory answer the same.
napi_value StoragePointer(Environment& environment, const Arguments& arguments) {
  napi_value value;
  const void* pointer = arguments.Tensor(0).storage().unsafeGetStorageImpl();
  CheckStatus(environment.env, napi_create_bigint_uint64(
                                   environment.env, reinterpret_cast<uint64_t>(pointer), &value));
  return value;
}

napi_value StorageBytes(Environment&, const Arguments& arguments) {
  return arguments.Number(static_cast<double>(arguments.Tensor(0).storage().nbytes()));
}

napi_value Version(Environment&, const Arguments& arguments) {
  return arguments.Number(static_cast<double>(arguments.Tensor(0)._version()));
}

napi_value IsSame(Environment&, const Arguments& arguments) {
  return arguments.Bool(arguments.Tensor(0).is_same(arguments.Tensor(1)));
}

// What asks for exactly one element has this to say of any other count.
napi_value Item(Environment& environment, const Arguments& arguments) {
  const at::Tensor& tensor = arguments.Tensor(0);
  if (tensor.numel() != 1) {
    throw Error(ErrorClass::kTorch, "ERR_ITEM",
                "a Tensor with " + std::to_string(tensor.numel()) +
                    " elements cannot be converted to a number; item() wants exactly one");
  }
  return FromScalar(environment.env, tensor.item());
}

napi_value LiveTensors(Environment& environment, const Arguments& arguments) {
  return arguments.Number(static_cast<double>(environment.slots.live()));
}

napi_value LiveByteCount(Environment&, const Arguments& arguments) {
  return arguments.Number(static_cast<double>(LiveBytes()));
}

napi_value Collect(Environment& environment, const Arguments& arguments) {
  environment.pressure.Collect(arguments.Boolean(0));
  return nullptr;
}

napi_value Idle(Environment& environment, const Arguments&) {
  environment.pressure.Idle();
  return nullptr;
}

// setCollector(collect: (minor: boolean) => void, schedule: () => void)
napi_value SetCollector(Environment& environment, const Arguments& arguments) {
  const auto keep = [&](size_t index) {
    return arguments.Has(index) ? KeepWithEnv(environment.env, arguments[index]) : nullptr;
  };
  environment.pressure.SetCallbacks(keep(0), keep(1));
  return nullptr;
}

}  // namespace

void InitTensor(napi_env env, napi_value exports) {
  Define<Attach>(env, exports, "attach");
  Define<Release>(env, exports, "release");
  Define<BeginScope>(env, exports, "beginScope");
  Define<EndScope>(env, exports, "endScope");
  Define<Keep>(env, exports, "keep");
  Define<DetachedAlias>(env, exports, "detachedAlias");
  Define<Sizes>(env, exports, "sizes");
  Define<Strides>(env, exports, "strides");
  Define<Dim>(env, exports, "dim");
  Define<Numel>(env, exports, "numel");
  Define<DType>(env, exports, "dtype");
  Define<Device>(env, exports, "device");
  Define<Layout>(env, exports, "layout");
  Define<QScheme>(env, exports, "qscheme");
  Define<GradDType>(env, exports, "gradDType");
  Define<SetGradDType>(env, exports, "setGradDType");
  Define<IsNested>(env, exports, "isNested");
  Define<StorageOffset>(env, exports, "storageOffset");
  Define<IsContiguous>(env, exports, "isContiguous");
  Define<DataPointer>(env, exports, "dataPointer");
  Define<StoragePointer>(env, exports, "storagePointer");
  Define<StorageBytes>(env, exports, "storageBytes");
  Define<Version>(env, exports, "version");
  Define<IsSame>(env, exports, "isSame");
  Define<Item>(env, exports, "item");
  Define<LiveTensors>(env, exports, "liveTensors");
  Define<LiveByteCount>(env, exports, "liveBytes");
  Define<Collect>(env, exports, "collect");
  Define<Idle>(env, exports, "idle");
  Define<SetCollector>(env, exports, "setCollector");
}

}  // namespace sconce

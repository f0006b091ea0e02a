#include "handles.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/_sparse_compressed_tensor_unsafe.h>
#include <ATen/ops/_sparse_coo_tensor_unsafe.h>
#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <array>
#include <cstring>
#include <mutex>
#include <optional>
#include <random>
#include <unordered_map>

#include "entry.h"
#include "error.h"
#include "functorch.h"
#include "lifetime.h"

namespace sconce {

namespace {

// What a handle is known by: random, so that none can be guessed.
using Token = std::array<uint64_t, 2>;

struct HashToken {
  size_t operator()(const Token& token) const { return token[0] ^ token[1]; }
};

// On the same memory, with sizes, strides and an autograd history of its own: what one thread
// does to its tensor's shape is not seen by the other.
at::Tensor Alias(const at::Tensor& tensor) {
  if (tensor.layout() == at::kSparse) {
    return at::_sparse_coo_tensor_unsafe(Alias(tensor._indices()), Alias(tensor._values()),
                                         tensor.sizes(), tensor.options(), tensor.is_coalesced());
  }
  const bool by_rows = tensor.layout() == at::kSparseCsr || tensor.layout() == at::kSparseBsr;
  if (by_rows || tensor.layout() == at::kSparseCsc || tensor.layout() == at::kSparseBsc) {
    return at::_sparse_compressed_tensor_unsafe(
        Alias(by_rows ? tensor.crow_indices() : tensor.ccol_indices()),
        Alias(by_rows ? tensor.col_indices() : tensor.row_indices()), Alias(tensor.values()),
        tensor.sizes(), tensor.options());
  }
  at::Tensor alias = tensor.variable_data();
  alias.unsafeGetTensorImpl()->set_allow_tensor_metadata_change(true);
  return alias;
}

struct Shared {
  at::Tensor tensor;
  bool requires_grad = false;
  // What the sender's stream has still to do to it.
  std::shared_ptr<c10::Event> ready;
};

struct Parcel {
  std::vector<Shared> contents;
  bool once = false;
  Lifetime lifetime;
  const Environment* sender = nullptr;
};

class Registry {
 public:
  Token Add(Parcel parcel) {
    if (Count() >= next_sweep_) Sweep();
    static thread_local std::random_device random;
    const auto half = [] { return (uint64_t{random()} << 32) | random(); };
    const Token token = {half(), half()};
    const std::lock_guard<std::mutex> lock(mutex_);
    parcels_.emplace(token, std::move(parcel));
    return token;
  }

  // What the token stands for; taken out, where it was moved.
  std::optional<std::vector<Shared>> Open(const Token& token) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = parcels_.find(token);
    if (found == parcels_.end()) return std::nullopt;
    if (!found->second.once) return found->second.contents;
    std::vector<Shared> contents = std::move(found->second.contents);
    parcels_.erase(found);
    return contents;
  }

  bool Close(const Token& token) {
    decltype(parcels_)::node_type dying;
    const std::lock_guard<std::mutex> lock(mutex_);
    dying = parcels_.extract(token);
    return !dying.empty();
  }

  template <class Condition>
  void Drop(Condition&& condition) {
    // Freed after the lock: memory may be JS's, or large.
    std::vector<Parcel> dying;
    const std::lock_guard<std::mutex> lock(mutex_);
    for (auto entry = parcels_.begin(); entry != parcels_.end();) {
      if (!condition(entry->second)) {
        ++entry;
        continue;
      }
      dying.push_back(std::move(entry->second));
      entry = parcels_.erase(entry);
    }
    next_sweep_ = 2 * parcels_.size() + 1000;
  }

  void Sweep() {
    Drop([](const Parcel& parcel) { return parcel.lifetime.is_over(); });
  }

  size_t Count() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return parcels_.size();
  }

  double Bytes() {
    double bytes = 0;
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [token, parcel] : parcels_) {
      for (const Shared& shared : parcel.contents) {
        if (shared.tensor.has_storage()) bytes += static_cast<double>(shared.tensor.nbytes());
      }
    }
    return bytes;
  }

 private:
  std::mutex mutex_;
  std::unordered_map<Token, Parcel, HashToken> parcels_;
  size_t next_sweep_ = 1000;
};

// Never destroyed: Workers may outlive static destructors.
Registry& Parcels() {
  static auto* registry = new Registry;
  return *registry;
}

constexpr c10::DispatchKeySet kTransformed({c10::DispatchKey::FuncTorchGradWrapper,
                                            c10::DispatchKey::FuncTorchBatched,
                                            c10::DispatchKey::Functionalize});

Shared Share(const at::Tensor& tensor, bool is_moved) {
  if (tensor.key_set().has_any(kTransformed)) {
    throw Error(ErrorClass::kValue, "ERR_HANDLE",
                "toHandle(): a tensor within a transform of torch.func stays on its thread");
  }
  if (tensor.requires_grad() && !tensor.is_leaf()) {
    throw Error(ErrorClass::kValue, "ERR_HANDLE",
                "toHandle(): this tensor is no leaf and requires grad, and autograd does not cross "
                "threads; send x.detach() if its values alone are wanted");
  }
  Shared shared{Alias(tensor), tensor.requires_grad(), nullptr};
  // Memory that another thread reads must stay where it is.
  if (!is_moved && shared.tensor.has_storage()) {
    tensor.storage().unsafeGetStorageImpl()->set_resizable(false);
  }
  if (tensor.is_cuda()) {
    const c10::impl::VirtualGuardImpl guard(tensor.device().type());
    shared.ready = std::make_shared<c10::Event>(tensor.device().type());
    shared.ready->record(guard.getStream(tensor.device()));
  }
  return shared;
}

at::Tensor Receive(const Shared& shared) {
  at::Tensor tensor = Alias(shared.tensor);
  if (shared.ready != nullptr) {
    const c10::impl::VirtualGuardImpl guard(tensor.device().type());
    const c10::Stream stream = guard.getStream(tensor.device());
    shared.ready->block(stream);
    tensor.record_stream(stream);
  }
  tensor.set_requires_grad(shared.requires_grad);
  return tensor;
}

Token ReadToken(const Arguments& arguments, size_t index) {
  size_t length = 0;
  const void* data = arguments.TypedArray(index, length);
  Token token;
  if (length != sizeof(token)) {
    throw Error(ErrorClass::kType, "ERR_HANDLE", "a handle's token has 16 bytes");
  }
  std::memcpy(token.data(), data, sizeof(token));
  return token;
}

// createHandle(ids, isMoved, buffer: SharedArrayBuffer, bytes: Uint8Array on it): writes the token.
napi_value CreateHandle(Environment& environment, const Arguments& arguments) {
  Parcel parcel;
  parcel.once = arguments.Boolean(1);
  for (const at::Tensor& tensor : arguments.Tensors(0)) {
    parcel.contents.push_back(Share(tensor, parcel.once));
  }
  size_t length = 0;
  void* data = arguments.TypedArray(3, length);
  parcel.lifetime = Lifetime(arguments[2], data);
  parcel.sender = &environment;
  environment.pressure.CheckCount();
  const Token token = Parcels().Add(std::move(parcel));
  std::memcpy(data, token.data(), sizeof(token));
  return nullptr;
}

// openHandle(token): ids; undefined where there is nothing to open.
napi_value OpenHandle(Environment& environment, const Arguments& arguments) {
  const Token token = ReadToken(arguments, 0);
  environment.pressure.CheckCount();
  auto contents = Parcels().Open(token);
  if (!contents) return nullptr;
  std::vector<at::Tensor> tensors;
  tensors.reserve(contents->size());
  for (const Shared& shared : *contents) tensors.push_back(Receive(shared));
  return arguments.NewTensors(tensors);
}

// closeHandle(token): whether there was something to open.
napi_value CloseHandle(Environment&, const Arguments& arguments) {
  return arguments.Bool(Parcels().Close(ReadToken(arguments, 0)));
}

// sweepHandles(): how many handles remain.
napi_value SweepAllHandles(Environment&, const Arguments& arguments) {
  Parcels().Sweep();
  return arguments.Number(static_cast<double>(Parcels().Count()));
}

napi_value HandleBytes(Environment&, const Arguments& arguments) {
  return arguments.Number(Parcels().Bytes());
}

}  // namespace

void SweepHandles() { Parcels().Sweep(); }

void AbandonHandles(const Environment& environment) {
  Parcels().Drop([&](const Parcel& parcel) {
    return parcel.lifetime.is_over() ||
           (!parcel.lifetime.is_known() && parcel.sender == &environment);
  });
}

void InitHandles(napi_env env, napi_value exports) {
  Define<CreateHandle>(env, exports, "createHandle");
  Define<OpenHandle>(env, exports, "openHandle");
  Define<CloseHandle>(env, exports, "closeHandle");
  Define<SweepAllHandles>(env, exports, "sweepHandles");
  Define<HandleBytes>(env, exports, "handleBytes");
}

}  // namespace sconce

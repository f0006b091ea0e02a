#include "serialize.h"

#include <ATen/EmptyTensor.h>
#include <ATen/MapAllocator.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <caffe2/serialize/inline_container.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "convert.h"
#include "entry.h"
#include "error.h"
#include "recorder.h"

namespace sconce {

namespace {

using caffe2::serialize::PyTorchStreamReader;
using caffe2::serialize::PyTorchStreamWriter;

constexpr const char* kCode = "ERR_ARCHIVE";

[[noreturn]] void Fail(const std::string& message) {
  throw Error(ErrorClass::kTorch, kCode, message);
}

// Runs what reads an archive. What it finds amiss is the file's fault, and coded so.
template <class Body>
auto Reading(Body&& body) {
  try {
    return body();
  } catch (const c10::OutOfMemoryError&) {
    throw;
  } catch (const c10::Error& error) {
    Fail(error.what_without_backtrace());
  }
}

// A tensor of bytes on `storage`.
at::Tensor ByteTensor(const c10::Storage& storage) {
  auto options = at::TensorOptions().dtype(at::kByte).device(storage.device());
  return at::empty({0}, options).set_(storage, 0, {static_cast<int64_t>(storage.nbytes())}, {1});
}

// A file that the archive's writer writes to. The writer ends its archive when it is destroyed,
// and would end the process if that failed: so a failure is kept, and told of by `Close`.
class OutputFile {
 public:
  explicit OutputFile(const std::string& path) : file_(std::fopen(path.c_str(), "wb")) {
    if (file_ == nullptr) Fail(std::strerror(errno));
  }
  ~OutputFile() {
    if (file_ != nullptr) std::fclose(file_);
  }
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  size_t Write(const void* data, size_t size) {
    if (error_ == 0 && std::fwrite(data, 1, size, file_) != size) error_ = errno;
    return size;
  }

  void Close() {
    if (std::fclose(file_) != 0 && error_ == 0) error_ = errno;
    file_ = nullptr;
    if (error_ != 0) Fail(std::strerror(error_));
  }

 private:
  std::FILE* file_;
  int error_ = 0;
};

// A record's payload: the storage of a tensor, whole, or bytes of JS.
struct Payload {
  c10::Storage storage;
  const void* data = nullptr;
  size_t size = 0;
};

Payload ToPayload(Environment& environment, napi_value value) {
  napi_env env = environment.env;
  napi_valuetype type;
  CheckStatus(env, napi_typeof(env, value, &type));
  Payload payload;
  if (type == napi_number) {
    int32_t id = 0;
    CheckStatus(env, napi_get_value_int32(env, value, &id));
    payload.storage = environment.slots.Get(id).storage();
    return payload;
  }
  void* data = nullptr;
  napi_typedarray_type kind;
  CheckStatus(env,
              napi_get_typedarray_info(env, value, &kind, &payload.size, &data, nullptr, nullptr));
  if (kind != napi_uint8_array) Fail("a record is a Uint8Array or a tensor");
  payload.data = data;
  return payload;
}

void WriteRecord(PyTorchStreamWriter& writer, const std::string& name, const Payload& payload) {
  if (!payload.storage) {
    writer.writeRecord(name, payload.data, payload.size);
    return;
  }
  // One at a time, so that of a model on the GPU no more than this lies in memory as well.
  const at::Tensor bytes = ByteTensor(payload.storage).cpu();
  writer.writeRecord(name, bytes.const_data_ptr(), bytes.nbytes());
}

// archiveWrite(path, names[], payloads[]): a new archive; a payload is a tensor's id or bytes.
napi_value ArchiveWrite(Environment& environment, const Arguments& arguments) {
  RefuseRecording("a file is written");
  std::vector<std::string> names;
  std::vector<Payload> payloads;
  arguments.ForEach(1, [&](napi_value name) { names.push_back(ToString(environment.env, name)); });
  arguments.ForEach(
      2, [&](napi_value payload) { payloads.push_back(ToPayload(environment, payload)); });
  if (names.size() != payloads.size()) Fail("an archive has as many names as payloads");
  OutputFile file(arguments.String(0));
  {
    PyTorchStreamWriter writer(
        [&file](const void* data, size_t size) { return file.Write(data, size); });
    for (size_t i = 0; i < names.size(); ++i) WriteRecord(writer, names[i], payloads[i]);
    writer.writeEndOfFile();
  }
  file.Close();
  return nullptr;
}

// An archive that is being read. JS knows it by a number, which no other object can pose as.
struct Archive {
  explicit Archive(std::string path) : path(std::move(path)), reader(this->path) {}

  // The whole file in memory, where changes stay in memory; mapped at the first call.
  const c10::Storage& Mapped() {
    if (!mapped) {
      size_t size = std::filesystem::file_size(path);
      at::DataPtr pointer = at::MapAllocator::makeDataPtr(path, 0, size, &size);
      mapped = c10::Storage(c10::Storage::use_byte_size_t(), size, std::move(pointer));
    }
    return mapped;
  }

  const std::string path;
  PyTorchStreamReader reader;
  c10::Storage mapped;
};

class Archives {
 public:
  int32_t Open(const std::string& path) {
    auto archive = std::make_shared<Archive>(path);
    const std::lock_guard<std::mutex> lock(mutex_);
    archives_.emplace(++last_, std::move(archive));
    return last_;
  }

  std::shared_ptr<Archive> Get(int32_t number) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = archives_.find(number);
    if (found == archives_.end()) Fail("this archive is not open");
    return found->second;
  }

  void Close(int32_t number) {
    const std::lock_guard<std::mutex> lock(mutex_);
    archives_.erase(number);
  }

 private:
  std::mutex mutex_;
  std::unordered_map<int32_t, std::shared_ptr<Archive>> archives_;
  int32_t last_ = 0;
};

Archives& OpenArchives() {
  static Archives archives;
  return archives;
}

// archiveOpen(path): number, to be closed by archiveClose.
napi_value ArchiveOpen(Environment&, const Arguments& arguments) {
  const std::string path = arguments.String(0);
  return arguments.Number(Reading([&] { return OpenArchives().Open(path); }));
}

napi_value ArchiveClose(Environment&, const Arguments& arguments) {
  OpenArchives().Close(arguments.Int32(0));
  return nullptr;
}

// archiveNames(archive): string[]
napi_value ArchiveNames(Environment&, const Arguments& arguments) {
  const auto archive = OpenArchives().Get(arguments.Int32(0));
  return arguments.Strings(Reading([&] { return archive->reader.getAllRecords(); }));
}

// archiveBytes(archive, name): ArrayBuffer
napi_value ArchiveBytes(Environment& environment, const Arguments& arguments) {
  const auto archive = OpenArchives().Get(arguments.Int32(0));
  const std::string name = arguments.String(1);
  const auto [pointer, size] = Reading([&] { return archive->reader.getRecord(name); });
  napi_value buffer;
  void* data = nullptr;
  CheckStatus(environment.env, napi_create_arraybuffer(environment.env, size, &data, &buffer));
  if (size > 0) std::memcpy(data, pointer.get(), size);
  return buffer;
}

// A piece of `whole`, which lives as long as the piece.
c10::Storage Piece(const c10::Storage& whole, size_t offset, size_t size) {
  char* data = static_cast<char*>(whole.mutable_data()) + offset;
  at::DataPtr pointer(
      data, new c10::Storage(whole), [](void* held) { delete static_cast<c10::Storage*>(held); },
      at::kCPU);
  return c10::Storage(c10::Storage::use_byte_size_t(), size, std::move(pointer));
}

// A record's place in the mapped file; none where it is compressed, or not aligned for numbers.
c10::Storage MappedRecord(Archive& archive, const std::string& name, size_t size) {
  constexpr size_t kAlignment = 16, kMethod = 8;
  const c10::Storage& whole = archive.Mapped();
  const size_t header = archive.reader.getRecordHeaderOffset(name);
  const size_t offset = archive.reader.getRecordOffset(name);
  if (header + kMethod + sizeof(uint16_t) > whole.nbytes() || offset > whole.nbytes() ||
      size > whole.nbytes() - offset) {
    Fail("record " + name + " reaches beyond the end of the file");
  }
  uint16_t method = 0;
  std::memcpy(&method, static_cast<const char*>(whole.data()) + header + kMethod, sizeof(method));
  if (method != 0 || offset % kAlignment != 0) return {};
  return Piece(whole, offset, size);
}

c10::Storage ReadStorage(Archive& archive, const std::string& name, size_t size, bool is_mapped) {
  const size_t actual = archive.reader.getRecordSize(name);
  if (actual != size) {
    Fail("record " + name + " has " + std::to_string(actual) + " bytes, and data.pkl says " +
         std::to_string(size));
  }
  if (is_mapped && size > 0) {
    c10::Storage piece = MappedRecord(archive, name, size);
    if (piece) return piece;
  }
  auto [pointer, read] = archive.reader.getRecord(name);
  return c10::Storage(c10::Storage::use_byte_size_t(), read, std::move(pointer));
}

// archiveStorage(archive, name, size, isMapped): the id of a tensor of bytes that is the record.
napi_value ArchiveStorage(Environment& environment, const Arguments& arguments) {
  RefuseRecording("a file is read");
  const auto archive = OpenArchives().Get(arguments.Int32(0));
  const std::string name = arguments.String(1);
  const auto size = static_cast<size_t>(arguments.Double(2));
  const bool is_mapped = arguments.Boolean(3);
  environment.pressure.Check();
  const c10::Storage storage =
      Reading([&] { return ReadStorage(*archive, name, size, is_mapped); });
  return arguments.Number(environment.slots.Add(ByteTensor(storage), nullptr));
}

std::vector<int64_t> Extents(Environment& environment, const Arguments& arguments, size_t index) {
  std::vector<int64_t> extents;
  arguments.ForEach(index, [&](napi_value element) {
    int64_t extent = 0;
    CheckStatus(environment.env, napi_get_value_int64(environment.env, element, &extent));
    if (extent < 0) Fail("a tensor's sizes and strides are not negative");
    extents.push_back(extent);
  });
  return extents;
}

// storageView(id, dtype, offset, sizes, strides, isConjugated, isNegated): the id of a tensor on
// the storage of tensor `id`, beginning `offset` elements into it.
napi_value StorageView(Environment& environment, const Arguments& arguments) {
  const c10::Storage storage = arguments.Tensor(0).storage();
  const auto dtype = static_cast<at::ScalarType>(arguments.Int32(1));
  const auto offset = static_cast<int64_t>(arguments.Double(2));
  const std::vector<int64_t> sizes = Extents(environment, arguments, 3);
  const std::vector<int64_t> strides = Extents(environment, arguments, 4);
  if (offset < 0) Fail("a tensor's offset is not negative");
  if (sizes.size() != strides.size()) Fail("a tensor has as many strides as sizes");
  // Past the end libtorch would enlarge the storage.
  const size_t end =
      at::detail::computeStorageNbytes(sizes, strides, c10::elementSize(dtype), offset);
  if (end > storage.nbytes()) {
    Fail("a tensor reaches to byte " + std::to_string(end) + " of a storage of " +
         std::to_string(storage.nbytes()));
  }
  auto options = at::TensorOptions().dtype(dtype).device(storage.device());
  at::Tensor tensor = at::empty({0}, options).set_(storage, offset, sizes, strides);
  if (arguments.Boolean(5)) tensor._set_conj(true);
  if (arguments.Boolean(6)) tensor._set_neg(true);
  return arguments.Number(environment.slots.Add(std::move(tensor), nullptr));
}

}  // namespace

void InitSerialize(napi_env env, napi_value exports) {
  Define<ArchiveWrite>(env, exports, "archiveWrite");
  Define<ArchiveOpen>(env, exports, "archiveOpen");
  Define<ArchiveClose>(env, exports, "archiveClose");
  Define<ArchiveNames>(env, exports, "archiveNames");
  Define<ArchiveBytes>(env, exports, "archiveBytes");
  Define<ArchiveStorage>(env, exports, "archiveStorage");
  Define<StorageView>(env, exports, "storageView");
}

}  // namespace sconce

#include "lifetime.h"

#ifndef _WIN32
#include <dlfcn.h>
#endif

namespace sconce {

namespace {

// v8::SharedArrayBuffer::GetBackingStore() and v8::BackingStore::Data() const, as free functions:
// by the C++ ABI of all systems but Windows `this` is the first argument.
using GetBackingStore = std::shared_ptr<void> (*)(void* buffer);
using GetData = void* (*)(const void* backing_store);

struct Functions {
  GetBackingStore store = nullptr;
  GetData data = nullptr;
};

const Functions& V8() {
  static const Functions functions = [] {
    Functions found;
#ifndef _WIN32
    found.store = reinterpret_cast<GetBackingStore>(
        dlsym(RTLD_DEFAULT, "_ZN2v817SharedArrayBuffer15GetBackingStoreEv"));
    found.data = reinterpret_cast<GetData>(dlsym(RTLD_DEFAULT, "_ZNK2v812BackingStore4DataEv"));
#endif
    return found;
  }();
  return functions;
}

// Of libstdc++'s control block: a table of functions, then the counts. That of another C++ library
// has no second count there.
bool LooksCounted(const std::shared_ptr<void>& memory) {
#ifdef __GLIBCXX__
  struct Block {
    void* functions;
    int strong, weak;
  };
  struct Pointer {
    void* value;
    const Block* block;
  };
  static_assert(sizeof(Pointer) == sizeof(memory));
  const Block* block = reinterpret_cast<const Pointer*>(&memory)->block;
  return block != nullptr && block->strong > 0 && block->strong < 1000 && block->weak > 0 &&
         block->weak < 1000;
#else
  return memory != nullptr;
#endif
}

}  // namespace

Lifetime::Lifetime(napi_value buffer, const void* data) {
  if (V8().store == nullptr || V8().data == nullptr) return;
  // Node-API's values are V8's handles. Not destroyed before it is known for what it should be.
  union Held {
    std::shared_ptr<void> memory;
    Held(std::shared_ptr<void> memory) : memory(std::move(memory)) {}
    ~Held() {}
  } held(V8().store(buffer));
  if (!LooksCounted(held.memory) || V8().data(held.memory.get()) != data) return;
  memory_ = held.memory;
  is_known_ = true;
  held.memory.~shared_ptr();
}

}  // namespace sconce

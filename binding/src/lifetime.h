#pragma once

#include <node_api.h>

#include <memory>

namespace sconce {

// Whether a SharedArrayBuffer still lives: as an object of any JS thread, or in a message that
// waits to be read. Node-API does not tell. V8 counts, in a shared_ptr that all of them hold, and
// the function that gives it is looked up by its name: where it is not found, nothing is known.
class Lifetime {
 public:
  // Nothing is known of it.
  Lifetime() = default;
  // `buffer` must be a SharedArrayBuffer, and its memory lie at `data`.
  Lifetime(napi_value buffer, const void* data);

  bool is_known() const { return is_known_; }
  bool is_over() const { return is_known_ && memory_.expired(); }

 private:
  std::weak_ptr<void> memory_;
  bool is_known_ = false;
};

}  // namespace sconce

#pragma once

#include <cstddef>
#include <utility>

namespace sconce {

// While one lives, the native call that this thread is in holds all that it needs of tensors, so
// that garbage may be collected in the middle of it. Where it runs JS it is not so: `may` is false.
class Collectable {
 public:
  explicit Collectable(bool may = true) : before_(std::exchange(may_, may)) {}
  ~Collectable() { may_ = before_; }
  Collectable(const Collectable&) = delete;
  Collectable& operator=(const Collectable&) = delete;

  static bool May() { return may_; }

 private:
  inline static thread_local bool may_ = false;
  const bool before_;
};

}  // namespace sconce

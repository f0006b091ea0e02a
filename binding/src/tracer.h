#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace sconce {

// Which lines of JS allocated the memory of CPU tensors, while that is wanted.
class Tracer {
 public:
  struct Site {
    std::string where;
    int64_t bytes = 0;
    int64_t blocks = 0;
  };

  static bool IsOn() { return is_on.load(std::memory_order_relaxed); }
  static Tracer& Get();

  void Start();
  void Stop();

  void Add(void* block, int64_t size, const std::string& where);
  void Remove(void* block);

  // What lives, by the place that allocated it; the largest first.
  std::vector<Site> Sites();
  int64_t bytes();
  int64_t peak();

 private:
  static std::atomic<bool> is_on;

  struct Block {
    int64_t size;
    size_t site;
  };

  std::mutex mutex_;
  std::unordered_map<void*, Block> blocks_;
  std::unordered_map<std::string, size_t> numbers_;
  std::vector<Site> sites_;
  int64_t bytes_ = 0;
  int64_t peak_ = 0;
};

}  // namespace sconce

#include "tracer.h"

#include <algorithm>

namespace sconce {

std::atomic<bool> Tracer::is_on{false};

Tracer& Tracer::Get() {
  // Never destroyed: tensors may be freed after static destructors have run.
  static auto* tracer = new Tracer;
  return *tracer;
}

void Tracer::Start() { is_on = true; }

void Tracer::Stop() {
  is_on = false;
  const std::lock_guard<std::mutex> lock(mutex_);
  blocks_.clear();
  numbers_.clear();
  sites_.clear();
  bytes_ = peak_ = 0;
}

void Tracer::Add(void* block, int64_t size, const std::string& where) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto [known, is_new] = numbers_.try_emplace(where, sites_.size());
  if (is_new) sites_.push_back({where});
  Site& site = sites_[known->second];
  site.bytes += size;
  ++site.blocks;
  blocks_[block] = {size, known->second};
  bytes_ += size;
  peak_ = std::max(peak_, bytes_);
}

void Tracer::Remove(void* block) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = blocks_.find(block);
  if (found == blocks_.end()) return;
  Site& site = sites_[found->second.site];
  site.bytes -= found->second.size;
  --site.blocks;
  bytes_ -= found->second.size;
  blocks_.erase(found);
}

std::vector<Tracer::Site> Tracer::Sites() {
  std::vector<Site> living;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const Site& site : sites_) {
      if (site.blocks > 0) living.push_back(site);
    }
  }
  std::stable_sort(living.begin(), living.end(),
                   [](const Site& a, const Site& b) { return a.bytes > b.bytes; });
  return living;
}

int64_t Tracer::bytes() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return bytes_;
}

int64_t Tracer::peak() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return peak_;
}

}  // namespace sconce

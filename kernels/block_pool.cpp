#include "kernels/block_pool.h"

#include <algorithm>
#include <bit>
#include <iterator>

namespace p2s {
namespace {

constexpr size_t kSmallest = 64, kSlack = size_t(16) << 20;
constexpr size_t kLargest = 4;  // times what was asked for

// Eight sizes an octave, so that a block is at most 1/8 larger than what was asked for.
size_t size_class(size_t bytes) {
  const size_t wanted = std::max(bytes, kSmallest);
  const size_t step = std::max(std::bit_floor(wanted) / 8, kSmallest);
  return (wanted + step - 1) / step * step;
}

}  // namespace

void* BlockPool::take(size_t asked) {
  const size_t bytes = size_class(asked);
  const std::lock_guard lock(mutex_);
  if (void* block = take_kept(bytes)) return block;
  count_use(bytes);
  trim(counts_.peak_bytes + counts_.peak_bytes / 4 + kSlack);
  ++counts_.system_blocks;
  void* block = system_.allocate(bytes);
  if (block == nullptr && !free_.empty()) {
    trim(0);
    block = system_.allocate(bytes);
  }
  if (block == nullptr) counts_.used_bytes -= bytes;
  return block;
}

void BlockPool::give(void* block, size_t asked) {
  if (block == nullptr) return;
  size_t bytes = size_class(asked);
  const std::lock_guard lock(mutex_);
  if (const auto larger = larger_.find(block); larger != larger_.end()) {
    bytes = larger->second;
    larger_.erase(larger);
  }
  counts_.used_bytes -= bytes;
  if (!keep_) return system_.release(block);
  free_[bytes].push_back(block);
  counts_.kept_bytes += bytes;
}

void BlockPool::give_back() {
  const std::lock_guard lock(mutex_);
  trim(0);
}

MemoryCounts BlockPool::counts() {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void BlockPool::count_use(size_t bytes) {
  counts_.used_bytes += bytes;
  counts_.peak_bytes = std::max(counts_.peak_bytes, counts_.used_bytes);
}

void* BlockPool::take_kept(size_t bytes) {
  const auto list = free_.lower_bound(bytes);
  if (list == free_.end() || list->first > kLargest * bytes) return nullptr;
  const size_t capacity = list->first;
  void* block = pop(list);
  if (capacity != bytes) larger_[block] = capacity;
  count_use(capacity);
  return block;
}

void* BlockPool::pop(Lists::iterator list) {
  void* block = list->second.back();
  list->second.pop_back();
  counts_.kept_bytes -= list->first;
  if (list->second.empty()) free_.erase(list);
  return block;
}

void BlockPool::trim(size_t bound) {
  while (counts_.used_bytes + counts_.kept_bytes > bound && !free_.empty()) {
    system_.release(pop(std::prev(free_.end())));
  }
}

}  // namespace p2s

#include "kernels/cpu/memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <map>
#include <mutex>
#include <new>
#include <unordered_map>
#include <vector>

#include "kernels/cpu/cpu.h"
#include "kernels/cpu/grain.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {
namespace {

#ifdef __SANITIZE_ADDRESS__
// A kept block would hide a use after release.
constexpr bool kKeepBlocks = false;
#else
constexpr bool kKeepBlocks = true;
#endif

constexpr size_t kAlignment = 64, kHugePage = size_t(2) << 20, kSlack = size_t(16) << 20;

// Eight sizes an octave, so that a block is at most 1/8 larger than what was asked for.
size_t size_class(size_t bytes) {
  const size_t lines = std::max(bytes, kAlignment);
  const size_t step = std::max(std::bit_floor(lines) / 8, kAlignment);
  return (lines + step - 1) / step * step;
}

void* system_block(size_t bytes) {
  const size_t alignment = bytes >= 2 * kHugePage ? kHugePage : kAlignment;
  void* block = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (block == nullptr) throw std::bad_alloc();
  if (alignment == kHugePage) madvise(block, bytes, MADV_HUGEPAGE);
  return block;
}

// Free lists by capacity. A request takes the smallest kept block that holds it and is at most
// kLargest times as large: batches of other lengths then share their memory. What is kept and used
// together stays below 5/4 of the most that was ever used at once: beyond that, the largest kept
// blocks go back to the system first.
class Pool {
 public:
  void* take(size_t bytes) {
    const std::lock_guard lock(mutex_);
    void* block = take_kept(bytes);
    if (block != nullptr) return block;
    count_use(bytes);
    trim();
    ++counts_.system_blocks;
    return system_block(bytes);
  }

  void give(void* block, size_t bytes) {
    const std::lock_guard lock(mutex_);
    if (const auto larger = larger_.find(block); larger != larger_.end()) {
      bytes = larger->second;
      larger_.erase(larger);
    }
    counts_.used_bytes -= bytes;
    if (!kKeepBlocks) return std::free(block);
    free_[bytes].push_back(block);
    counts_.kept_bytes += bytes;
  }

  MemoryCounts counts() {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

 private:
  static constexpr size_t kLargest = 4;
  using Lists = std::map<size_t, std::vector<void*>>;

  void count_use(size_t bytes) {
    counts_.used_bytes += bytes;
    counts_.peak_bytes = std::max(counts_.peak_bytes, counts_.used_bytes);
  }

  void* take_kept(size_t bytes) {
    const auto list = free_.lower_bound(bytes);
    if (list == free_.end() || list->first > kLargest * bytes) return nullptr;
    const size_t capacity = list->first;
    void* block = pop(list);
    if (capacity != bytes) larger_[block] = capacity;
    count_use(capacity);
    return block;
  }

  void* pop(Lists::iterator list) {
    void* block = list->second.back();
    list->second.pop_back();
    counts_.kept_bytes -= list->first;
    if (list->second.empty()) free_.erase(list);
    return block;
  }

  void trim() {
    const size_t bound = counts_.peak_bytes + counts_.peak_bytes / 4 + kSlack;
    while (counts_.used_bytes + counts_.kept_bytes > bound && !free_.empty()) {
      std::free(pop(std::prev(free_.end())));
    }
  }

  std::mutex mutex_;
  Lists free_;                                // no list is empty
  std::unordered_map<void*, size_t> larger_;  // capacities of blocks larger than was asked for
  MemoryCounts counts_;
};

// Never destroyed: tensors with static lifetime give their blocks back after main.
Pool& pool() {
  static Pool* const instance = new Pool;
  return *instance;
}

}  // namespace

void* allocate(size_t bytes) { return pool().take(size_class(bytes)); }

void release(void* pointer, size_t bytes) {
  if (pointer != nullptr) pool().give(pointer, size_class(bytes));
}

MemoryCounts memory_counts() { return pool().counts(); }

void copy(void* to, const void* from, size_t bytes) {
  parallel_for(int64_t(bytes), kMoveGrain * int64_t(sizeof(real)), [&](int64_t begin, int64_t end) {
    std::memcpy(static_cast<char*>(to) + begin, static_cast<const char*>(from) + begin,
                size_t(end - begin));
  });
}

void fill(int64_t n, real value, real* y) {
  parallel_for(n, kMoveGrain,
               [&](int64_t begin, int64_t end) { std::fill(y + begin, y + end, value); });
}

}  // namespace p2s::cpu

#include "kernels/cpu/memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <new>
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

// Free lists by size class. What is kept and used together stays below 5/4 of the most that was
// ever used at once: beyond that, the largest kept blocks go back to the system first.
class Pool {
 public:
  void* take(size_t bytes) {
    const std::lock_guard lock(mutex_);
    counts_.used_bytes += bytes;
    counts_.peak_bytes = std::max(counts_.peak_bytes, counts_.used_bytes);
    const auto list = free_.find(bytes);
    if (list != free_.end() && !list->second.empty()) {
      void* block = list->second.back();
      list->second.pop_back();
      counts_.kept_bytes -= bytes;
      return block;
    }
    trim();
    ++counts_.system_blocks;
    return system_block(bytes);
  }

  void give(void* block, size_t bytes) {
    const std::lock_guard lock(mutex_);
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
  void trim() {
    const size_t bound = counts_.peak_bytes + counts_.peak_bytes / 4 + kSlack;
    auto largest = free_.rbegin();
    while (counts_.used_bytes + counts_.kept_bytes > bound && largest != free_.rend()) {
      if (largest->second.empty()) {
        ++largest;
        continue;
      }
      std::free(largest->second.back());
      largest->second.pop_back();
      counts_.kept_bytes -= largest->first;
    }
  }

  std::mutex mutex_;
  std::map<size_t, std::vector<void*>> free_;
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

#include "kernels/cpu/memory.h"

#include <malloc.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

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

constexpr size_t kAlignment = 64, kHugePage = size_t(2) << 20;

void* system_block(size_t bytes) {
  const size_t alignment = bytes >= 2 * kHugePage ? kHugePage : kAlignment;
  void* block = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (block != nullptr && alignment == kHugePage) madvise(block, bytes, MADV_HUGEPAGE);
  return block;
}

// Never destroyed: tensors with static lifetime give their blocks back after main.
BlockPool& pool() {
  static auto* const instance = new BlockPool({system_block, std::free}, kKeepBlocks);
  return *instance;
}

}  // namespace

void* allocate(size_t bytes) {
  void* block = pool().take(bytes);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

void release(void* pointer, size_t bytes) { pool().give(pointer, bytes); }

// malloc keeps what it gets back as well.
void give_back() {
  pool().give_back();
  malloc_trim(0);
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

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "kernels/ref/ref.h"

namespace p2s::ref {

void* allocate(size_t bytes) {
  const size_t whole_lines = (std::max<size_t>(bytes, 1) + 63) / 64 * 64;
  void* pointer = std::aligned_alloc(64, whole_lines);
  if (pointer == nullptr) throw std::bad_alloc();
  return pointer;
}

void release(void* pointer, size_t) { std::free(pointer); }

void give_back() {}

void copy(void* to, const void* from, size_t bytes) {
  if (bytes > 0) std::memcpy(to, from, bytes);
}

void fill(int64_t n, real value, real* y) { std::fill(y, y + n, value); }

}  // namespace p2s::ref

#pragma once

#include <bit>

#include "tests/cuda_emulator/cuda_runtime.h"

// What stands in for the file of this name.
namespace p2s::cuda {

inline unsigned char* launch_memory() { return emulator::launch_memory(); }

// The half of a pair of bfloat16, 0 the lower, as a float.
inline float half_of(uint32_t pair, int half) {
  return std::bit_cast<float>(half == 0 ? pair << 16 : pair & 0xFFFF0000u);
}

// Each lane has its registers shown to all, and sums its own four numbers.
inline void multiply_add(float (&sums)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  uint32_t all_a[32][4], all_b[32][2];
  emulator::show(a, all_a);
  emulator::show(b, all_b);
  const unsigned g = threadIdx.x % 32 / 4, q = threadIdx.x % 4;
  for (int i = 0; i < 4; ++i) {
    const int lower = i / 2;  // rows g + 8
    const unsigned column = 2 * q + unsigned(i % 2);
    for (int k = 0; k < 16; ++k) {
      const unsigned holder = unsigned(k) % 8 / 2;
      sums[i] += half_of(all_a[4 * g + holder][lower + k / 8 * 2], k % 2) *
                 half_of(all_b[4 * column + holder][k / 8], k % 2);
    }
  }
}

}  // namespace p2s::cuda

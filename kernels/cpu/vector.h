#pragma once

#include <cstdint>

#include "nn/base/real.h"

// A vector register of numbers, for loops whose sums must stay in registers.
namespace p2s::cpu {

#ifdef __AVX512F__
constexpr int kLanes = 16, kRegisters = 32;
#else
constexpr int kLanes = 8, kRegisters = 16;
#endif

typedef real Vector __attribute__((vector_size(kLanes * sizeof(real))));
typedef real Unaligned __attribute__((vector_size(kLanes * sizeof(real)), aligned(sizeof(real))));

inline Vector load(const real* from) { return *reinterpret_cast<const Unaligned*>(from); }
inline void store(real* to, Vector v) { *reinterpret_cast<Unaligned*>(to) = v; }

inline real sum_lanes(Vector v) {
  real sum = 0;
  for (int i = 0; i < kLanes; ++i) sum += v[i];
  return sum;
}

// a . b; four sums side by side, so that no addition waits for the one before.
inline real dot(int64_t n, const real* a, const real* b) {
  Vector sums[4] = {};
  int64_t i = 0;
  for (; i + 4 * kLanes <= n; i += 4 * kLanes) {
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) sums[j] += load(a + i + j * kLanes) * load(b + i + j * kLanes);
  }
  for (; i + kLanes <= n; i += kLanes) sums[0] += load(a + i) * load(b + i);
  real rest = 0;
  for (; i < n; ++i) rest += a[i] * b[i];
  return sum_lanes((sums[0] + sums[1]) + (sums[2] + sums[3])) + rest;
}

}  // namespace p2s::cpu

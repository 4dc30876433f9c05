#include <algorithm>

#include "kernels/cpu/cpu.h"
#include "kernels/cpu/grain.h"
#include "kernels/dropout_mask.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {
namespace {

constexpr int64_t kDraws = 4, kBlocks = 64, kStretch = kDraws * kBlocks;

// The factors of a stretch of elements from first_block * 4 on: 0, or `kept`.
void draw_factors(uint64_t key, uint64_t first_block, real p, real kept, real* factors) {
#pragma omp simd
  for (int64_t b = 0; b < kBlocks; ++b) {
    const auto draws = Philox::block(key, first_block + uint64_t(b));
    factors[b * kDraws] = dropout_keeps(draws[0], p) ? kept : 0;
    factors[b * kDraws + 1] = dropout_keeps(draws[1], p) ? kept : 0;
    factors[b * kDraws + 2] = dropout_keeps(draws[2], p) ? kept : 0;
    factors[b * kDraws + 3] = dropout_keeps(draws[3], p) ? kept : 0;
  }
}

// Calls f(first, count, factors) for every stretch of elements.
template <class F>
void for_each_stretch(int64_t n, real p, uint64_t key, F&& f) {
  const int64_t stretches = (n + kStretch - 1) / kStretch;
  parallel_for(stretches, row_grain(kStretch, kFunctionGrain), [&](int64_t begin, int64_t end) {
    real factors[kStretch];
    for (int64_t stretch = begin; stretch < end; ++stretch) {
      const int64_t first = stretch * kStretch;
      draw_factors(key, uint64_t(stretch * kBlocks), p, 1 / (1 - p), factors);
      f(first, std::min(kStretch, n - first), factors);
    }
  });
}

}  // namespace

// A dropped element gives 0 even where it is infinite or NaN.
void dropout(int64_t n, real p, uint64_t key, const real* x, real* y) {
  for_each_stretch(n, p, key, [=](int64_t first, int64_t count, const real* factors) {
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real scaled = x[first + i] * factors[i];
      y[first + i] = factors[i] == 0 ? 0 : scaled;
    }
  });
}

void dropout_grad(int64_t n, real p, uint64_t key, const real* dy, real* dx) {
  if (dx == nullptr) return;
  for_each_stretch(n, p, key, [=](int64_t first, int64_t count, const real* factors) {
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      const real scaled = dy[first + i] * factors[i];
      dx[first + i] += factors[i] == 0 ? 0 : scaled;
    }
  });
}

}  // namespace p2s::cpu

#include "kernels/cpu/cpu.h"
#include "kernels/cpu/grain.h"
#include "kernels/dropout_mask.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {
namespace {

constexpr int64_t kDraws = 4, kBlocks = 64;

// Calls f(i, factor) for every element, factor being 0 or 1 / (1 - p). Blocks of draws come first
// and elements after, so that both loops vectorise.
template <class F>
void for_each_factor(int64_t n, real p, uint64_t key, F&& f) {
  const real kept = 1 / (1 - p);
  const int64_t stretches = (n + kDraws * kBlocks - 1) / (kDraws * kBlocks);
  parallel_for(stretches, row_grain(kDraws * kBlocks, kFunctionGrain),
               [&](int64_t begin, int64_t end) {
                 real factors[kDraws * kBlocks];
                 for (int64_t stretch = begin; stretch < end; ++stretch) {
                   const int64_t first = stretch * kDraws * kBlocks;
#pragma omp simd
                   for (int64_t b = 0; b < kBlocks; ++b) {
                     const auto draws = Philox::block(key, uint64_t(first / kDraws + b));
                     for (size_t d = 0; d < size_t(kDraws); ++d) {
                       factors[b * kDraws + int64_t(d)] = dropout_keeps(draws[d], p) ? kept : 0;
                     }
                   }
                   const int64_t count = std::min(kDraws * kBlocks, n - first);
#pragma omp simd
                   for (int64_t i = 0; i < count; ++i) f(first + i, factors[i]);
                 }
               });
}

}  // namespace

void dropout(int64_t n, real p, uint64_t key, const real* x, real* y) {
  for_each_factor(n, p, key,
                  [=](int64_t i, real factor) { y[i] = factor == 0 ? 0 : x[i] * factor; });
}

void dropout_grad(int64_t n, real p, uint64_t key, const real* dy, real* dx) {
  if (dx == nullptr) return;
  for_each_factor(n, p, key,
                  [=](int64_t i, real factor) { dx[i] += factor == 0 ? 0 : dy[i] * factor; });
}

}  // namespace p2s::cpu

#include <algorithm>
#include <cmath>

#include "kernels/cpu/cpu.h"
#include "kernels/cpu/grain.h"
#include "kernels/cpu/sums.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {

void l2_normalize(int64_t rows, int64_t columns, real epsilon, const real* x, real* y,
                  real* norms) {
  parallel_for(rows, row_grain(columns, kMoveGrain), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const real* from = x + r * columns;
      real* to = y + r * columns;
      const double squares = sum_range(0, columns, [=](int64_t c) { return from[c] * from[c]; });
      const real norm = real(std::sqrt(squares));
      const real scale = 1 / std::max(norm, epsilon);
#pragma omp simd
      for (int64_t c = 0; c < columns; ++c) to[c] = from[c] * scale;
      if (norms != nullptr) norms[r] = norm;
    }
  });
}

void l2_normalize_grad(int64_t rows, int64_t columns, real epsilon, const real* y,
                       const real* norms, const real* dy, real* dx) {
  if (dx == nullptr) return;
  parallel_for(rows, row_grain(columns, kMoveGrain), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const real *unit = y + r * columns, *from = dy + r * columns;
      real* to = dx + r * columns;
      // Below epsilon the divisor is a constant.
      const real dot = norms[r] <= epsilon ? 0 : real(sum_range(0, columns, [=](int64_t c) {
        return unit[c] * from[c];
      }));
      const real scale = 1 / std::max(norms[r], epsilon);
#pragma omp simd
      for (int64_t c = 0; c < columns; ++c) to[c] += (from[c] - unit[c] * dot) * scale;
    }
  });
}

}  // namespace p2s::cpu

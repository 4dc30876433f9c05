#include "kernels/cpu/matrix_vector.h"

#include <algorithm>
#include <vector>

#include "kernels/cpu/grain.h"
#include "kernels/cpu/vector.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {
namespace {

void write(const VectorProduct& v, int64_t i, real sum) {
  real& y = v.y[i * v.stride_y];
  y = sum + (v.beta == 0 ? real(0) : v.beta * y);
}

}  // namespace

void multiply_rows(int64_t rows, int64_t columns, const real* a, int64_t lda,
                   const VectorProduct& v) {
  std::vector<real> gathered(v.stride_x == 1 ? 0 : size_t(columns));
  for (size_t j = 0; j < gathered.size(); ++j) gathered[j] = v.x[int64_t(j) * v.stride_x];
  const real* x = gathered.empty() ? v.x : gathered.data();
  parallel_for(rows, row_grain(columns, kMoveGrain), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      write(v, i, dot(columns, a + i * lda, x));
    }
  });
}

// Strips of columns keep their sums in registers and the cache; four rows at a time, so that the
// sums are read and written once for four products.
void multiply_columns(int64_t rows, int64_t columns, const real* a, int64_t lda,
                      const VectorProduct& v) {
  constexpr int64_t kStrip = 1024;
  const auto x = [&](int64_t i) { return v.x[i * v.stride_x]; };
  const auto add_strip = [&](int64_t left, int64_t width) {
    real sums[kStrip] = {};
    int64_t i = 0;
    for (; i + 4 <= rows; i += 4) {
      const real *r0 = a + i * lda + left, *r1 = r0 + lda, *r2 = r1 + lda, *r3 = r2 + lda;
      const real x0 = x(i), x1 = x(i + 1), x2 = x(i + 2), x3 = x(i + 3);
#pragma omp simd
      for (int64_t j = 0; j < width; ++j) {
        sums[j] += x0 * r0[j] + x1 * r1[j] + x2 * r2[j] + x3 * r3[j];
      }
    }
    for (; i < rows; ++i) {
      const real* row = a + i * lda + left;
      const real factor = x(i);
#pragma omp simd
      for (int64_t j = 0; j < width; ++j) sums[j] += factor * row[j];
    }
    for (int64_t j = 0; j < width; ++j) write(v, left + j, sums[j]);
  };
  parallel_for(columns, row_grain(rows, kMoveGrain), [&](int64_t begin, int64_t end) {
    for (int64_t left = begin; left < end; left += kStrip) {
      add_strip(left, std::min(kStrip, end - left));
    }
  });
}

}  // namespace p2s::cpu

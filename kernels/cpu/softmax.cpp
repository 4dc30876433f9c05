#include "kernels/cpu/softmax.h"

#include <cmath>

#include "kernels/cpu/cpu.h"
#include "kernels/cpu/grain.h"
#include "kernels/cpu/sums.h"
#include "kernels/functors.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {

real row_max(int64_t columns, const real* x) {
  real largest = x[0];
#pragma omp simd reduction(max : largest)
  for (int64_t c = 0; c < columns; ++c) largest = x[c] > largest ? x[c] : largest;
  return largest;
}

real log_sum_exp(int64_t columns, const real* x) {
  const real largest = row_max(columns, x);
  const double sum = sum_range(0, columns, [=](int64_t c) { return functor::exp(x[c] - largest); });
  return real(double(largest) + std::log(sum));
}

real exp_row(int64_t columns, const real* x, real* y) {
  const real largest = row_max(columns, x);
  const auto term = [=](int64_t c) {
    y[c] = functor::exp(x[c] - largest);
    return y[c];
  };
  return real(sum_range(0, columns, term));
}

void softmax(int64_t rows, int64_t columns, const real* x, real* y) {
  if (columns == 0) return;
  parallel_for(rows, row_grain(columns, kFunctionGrain), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      real* to = y + r * columns;
      const real scale = 1 / exp_row(columns, x + r * columns, to);
#pragma omp simd
      for (int64_t c = 0; c < columns; ++c) to[c] *= scale;
    }
  });
}

void softmax_grad(int64_t rows, int64_t columns, const real* y, const real* dy, real* dx) {
  if (dx == nullptr) return;
  parallel_for(rows, row_grain(columns, kMoveGrain), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const real *p = y + r * columns, *from = dy + r * columns;
      real* to = dx + r * columns;
      const real dot = real(sum_range(0, columns, [=](int64_t c) { return p[c] * from[c]; }));
#pragma omp simd
      for (int64_t c = 0; c < columns; ++c) to[c] += p[c] * (from[c] - dot);
    }
  });
}

void log_softmax(int64_t rows, int64_t columns, const real* x, real* y) {
  if (columns == 0) return;
  parallel_for(rows, row_grain(columns, kFunctionGrain), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const real* from = x + r * columns;
      real* to = y + r * columns;
      const real total = log_sum_exp(columns, from);
#pragma omp simd
      for (int64_t c = 0; c < columns; ++c) to[c] = from[c] - total;
    }
  });
}

void log_softmax_grad(int64_t rows, int64_t columns, const real* y, const real* dy, real* dx) {
  if (dx == nullptr) return;
  parallel_for(rows, row_grain(columns, kFunctionGrain), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const real *log_p = y + r * columns, *from = dy + r * columns;
      real* to = dx + r * columns;
      const real sum = real(sum_range(0, columns, [=](int64_t c) { return from[c]; }));
#pragma omp simd
      for (int64_t c = 0; c < columns; ++c) to[c] += from[c] - functor::exp(log_p[c]) * sum;
    }
  });
}

}  // namespace p2s::cpu

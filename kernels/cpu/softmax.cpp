#include "kernels/cpu/softmax.h"

#include <algorithm>
#include <cmath>

#include "kernels/cpu/cpu.h"
#include "kernels/cpu/grain.h"
#include "kernels/cpu/scratch.h"
#include "kernels/cpu/stream.h"
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
  const double sum =
      sum_range(0, columns, [=](int64_t c) { return functor::exp_of_negative(x[c] - largest); });
  return real(double(largest) + std::log(sum));
}

real exp_row(int64_t columns, const real* x, real* y, const real* next) {
  constexpr int64_t kBlock = 512, kLine = 64 / int64_t(sizeof(real));
  const real largest = row_max(columns, x);
  for (int64_t begin = 0; begin < columns; begin += kBlock) {
    const int64_t end = std::min(columns, begin + kBlock);
    if (next != nullptr) {
      for (int64_t c = begin; c < end; c += kLine) __builtin_prefetch(next + c, 0, 2);
    }
#pragma omp simd
    for (int64_t c = begin; c < end; ++c) y[c] = functor::exp_of_negative(x[c] - largest);
  }
  return real(sum_range(0, columns, [=](int64_t c) { return y[c]; }));
}

void softmax(int64_t rows, int64_t columns, const real* x, real* y) {
  if (columns == 0) return;
  const bool streamed = worth_streaming(rows * columns);
  parallel_for(rows, row_grain(columns, kFunctionGrain), [&](int64_t begin, int64_t end) {
    const Scratch one_row(streamed ? size_t(columns) * sizeof(real) : 0);
    for (int64_t r = begin; r < end; ++r) {
      real* to = y + r * columns;
      real* powers = streamed ? one_row.as<real>() : to;
      const real* from = x + r * columns;
      const real scale = 1 / exp_row(columns, from, powers, streamed ? from + columns : nullptr);
      write_row(streamed, columns, to, [=](int64_t c) { return powers[c] * scale; });
    }
    finish_streaming();
  });
}

namespace {

// dx = (dx where `accumulate`) + term(c), row by row; `row(r)` gives a row's term.
template <class Row>
void write_gradient(int64_t rows, int64_t columns, int64_t grain, bool accumulate, real* dx,
                    Row&& row) {
  const bool streamed = !accumulate && worth_streaming(rows * columns);
  parallel_for(rows, row_grain(columns, grain), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      real* to = dx + r * columns;
      const auto term = row(r * columns);
      if (accumulate) {
#pragma omp simd
        for (int64_t c = 0; c < columns; ++c) to[c] += term(c);
      } else {
        write_row(streamed, columns, to, term);
      }
    }
    finish_streaming();
  });
}

}  // namespace

void softmax_grad(int64_t rows, int64_t columns, const real* y, const real* dy, real* dx,
                  bool accumulate) {
  if (dx == nullptr) return;
  write_gradient(rows, columns, kMoveGrain, accumulate, dx, [=](int64_t place) {
    const real *p = y + place, *from = dy + place;
    const real dot = real(sum_range(0, columns, [=](int64_t c) { return p[c] * from[c]; }));
    return [=](int64_t c) { return p[c] * (from[c] - dot); };
  });
}

void log_softmax(int64_t rows, int64_t columns, const real* x, real* y) {
  if (columns == 0) return;
  const bool streamed = worth_streaming(rows * columns);
  parallel_for(rows, row_grain(columns, kFunctionGrain), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const real* from = x + r * columns;
      const real total = log_sum_exp(columns, from);
      write_row(streamed, columns, y + r * columns, [=](int64_t c) { return from[c] - total; });
    }
    finish_streaming();
  });
}

void log_softmax_grad(int64_t rows, int64_t columns, const real* y, const real* dy, real* dx,
                      bool accumulate) {
  if (dx == nullptr) return;
  write_gradient(rows, columns, kFunctionGrain, accumulate, dx, [=](int64_t place) {
    const real *log_p = y + place, *from = dy + place;
    const real sum = real(sum_range(0, columns, [=](int64_t c) { return from[c]; }));
    return [=](int64_t c) { return from[c] - functor::exp(log_p[c]) * sum; };
  });
}

}  // namespace p2s::cpu

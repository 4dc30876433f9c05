#include <algorithm>
#include <cmath>

#include "kernels/cpu/cpu.h"
#include "kernels/cpu/finish.h"
#include "kernels/cpu/grain.h"
#include "kernels/cpu/stream.h"
#include "kernels/cpu/sums.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {

void batch_norm(int64_t rows, int64_t columns, const real* x, const real* gain, const real* bias,
                const real* residual, Activation activation, real epsilon, real momentum, real* y,
                real* mean, real* inverse_deviation, real* running_mean, real* running_variance) {
  // Both moments in one pass, about the first row: it is near enough to the mean for its square to
  // cancel little.
  const auto away = [=](int64_t r, int64_t c) { return x[r * columns + c] - x[c]; };
  const auto [sums, squares] = sums_of_columns(
      rows, columns, away, [=](int64_t r, int64_t c) { return away(r, c) * away(r, c); });
  for (int64_t c = 0; c < columns; ++c) {
    const double offset = sums[size_t(c)] / double(rows);
    // In this order, so that NaN stays NaN.
    const double square = std::max(squares[size_t(c)] - sums[size_t(c)] * offset, 0.0);
    const double unbiased = square / double(std::max<int64_t>(rows - 1, 1));
    mean[c] = real(double(x[c]) + offset);
    inverse_deviation[c] = real(1 / std::sqrt(square / double(rows) + double(epsilon)));
    running_mean[c] += momentum * (mean[c] - running_mean[c]);
    running_variance[c] += momentum * (real(unbiased) - running_variance[c]);
  }
  const bool streamed = worth_streaming(rows * columns);
  with_activation(activation, [&]<Activation which>() {
    parallel_for(rows, row_grain(columns, kMoveGrain), [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        const real *from = x + r * columns, *other = residual + r * columns;
        real* to = y + r * columns;
        const auto sum = [=](int64_t c) {
          return (from[c] - mean[c]) * inverse_deviation[c] * gain[c] + bias[c];
        };
        if (residual == nullptr) {
          write_row(streamed, columns, to,
                    [=](int64_t c) { return functor::activate(which, sum(c)); });
        } else {
          write_row(streamed, columns, to,
                    [=](int64_t c) { return functor::activate(which, sum(c) + other[c]); });
        }
      }
      finish_streaming();
    });
  });
}

void batch_norm_grad(int64_t rows, int64_t columns, const real* x, const real* gain,
                     const real* mean, const real* inverse_deviation, const real* dy, real* dx,
                     real* d_gain, real* d_bias, bool accumulate) {
  const auto [sums, dots] = sums_of_columns(
      rows, columns, [=](int64_t r, int64_t c) { return dy[r * columns + c]; },
      [=](int64_t r, int64_t c) {
        return dy[r * columns + c] * (x[r * columns + c] - mean[c]) * inverse_deviation[c];
      });
  for (int64_t c = 0; c < columns; ++c) {
    if (d_gain != nullptr) d_gain[c] += real(dots[size_t(c)]);
    if (d_bias != nullptr) d_bias[c] += real(sums[size_t(c)]);
  }
  if (dx == nullptr) return;
  // dx = scale * (dy - sum / N - normal * dot / N)
  std::vector<real> scale(static_cast<size_t>(columns)), center(scale), slope(scale);
  for (size_t c = 0; c < scale.size(); ++c) {
    scale[c] = gain[c] * inverse_deviation[c];
    center[c] = real(sums[c] / double(rows));
    slope[c] = real(dots[c] / double(rows)) * inverse_deviation[c];
  }
  const bool streamed = worth_streaming(rows * columns);
  const real *a = scale.data(), *b = center.data(), *d = slope.data();
  parallel_for(rows, row_grain(columns, kMoveGrain), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const real *from = dy + r * columns, *value = x + r * columns;
      real* to = dx + r * columns;
      const auto term = [=](int64_t c) {
        return a[c] * (from[c] - b[c] - (value[c] - mean[c]) * d[c]);
      };
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

}  // namespace p2s::cpu

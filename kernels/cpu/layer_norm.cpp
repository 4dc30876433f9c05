#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/cpu/cpu.h"
#include "kernels/cpu/grain.h"
#include "kernels/cpu/sums.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {

void layer_norm(int64_t rows, int64_t columns, int64_t ld, const real* x, const real* gain,
                const real* bias, real epsilon, real* y, real* mean, real* inverse_deviation) {
  parallel_for(rows, row_grain(columns, kMoveGrain / 2), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const real* from = x + r * ld;
      real* to = y + r * ld;
      const real center =
          real(sum_range(0, columns, [=](int64_t c) { return from[c]; }) / double(columns));
      const double squares =
          sum_range(0, columns, [=](int64_t c) { return (from[c] - center) * (from[c] - center); });
      const real inverse = real(1 / std::sqrt(squares / double(columns) + double(epsilon)));
#pragma omp simd
      for (int64_t c = 0; c < columns; ++c) {
        to[c] = (from[c] - center) * inverse * gain[c] + bias[c];
      }
      if (mean != nullptr) mean[r] = center;
      if (inverse_deviation != nullptr) inverse_deviation[r] = inverse;
    }
  });
}

namespace {

struct Row {
  int64_t columns;
  const real *x, *dy;
  real mean, inverse;
};

// With n = (x - mean) * inverse and g = dy * gain: dx = inverse * (g - mean(g) - n * mean(g n)).
// In double, because short rows cancel to nothing.
void add_dx(const Row& row, const real* gain, real* dx) {
  const Row r = row;
  const auto g = [=](int64_t c) { return double(r.dy[c]) * double(gain[c]); };
  const auto away = [=](int64_t c) { return double(r.x[c]) - double(r.mean); };
  const double inverse = double(r.inverse), count = double(r.columns);
  const double sum = sum_range(0, r.columns, g) / count;
  const double dot = sum_range(0, r.columns, [=](int64_t c) { return g(c) * away(c); }) * inverse *
                     inverse / count;
#pragma omp simd
  for (int64_t c = 0; c < r.columns; ++c) {
    dx[c] += real(inverse * (g(c) - sum - away(c) * dot));
  }
}

void add_parameters(const Row& row, real* d_gain, real* d_bias) {
  const Row r = row;
#pragma omp simd
  for (int64_t c = 0; c < r.columns; ++c) {
    d_gain[c] += r.dy[c] * (r.x[c] - r.mean) * r.inverse;
    d_bias[c] += r.dy[c];
  }
}

// to[c] += sum over blocks of parts[block, c], in order; the blocks are 2 * columns apart.
void add_blocks(int64_t blocks, int64_t columns, const real* parts, real* to) {
  if (to == nullptr) return;
  parallel_for(columns, row_grain(blocks, kMoveGrain), [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) {
      double sum = 0;
      for (int64_t b = 0; b < blocks; ++b) sum += double(parts[b * 2 * columns + c]);
      to[c] += real(sum);
    }
  });
}

}  // namespace

// One pass over x and dy: each block of rows sums its share of d_gain and d_bias while the row is
// in the cache.
void layer_norm_grad(int64_t rows, int64_t columns, int64_t ld, const real* x, const real* gain,
                     const real* mean, const real* inverse_deviation, const real* dy, real* dx,
                     real* d_gain, real* d_bias) {
  const bool parameters = d_gain != nullptr || d_bias != nullptr;
  const int64_t block_rows = std::max<int64_t>(16, (rows + 63) / 64);
  const int64_t blocks = (rows + block_rows - 1) / block_rows;
  std::vector<real> parts(parameters ? size_t(blocks * 2 * columns) : 0, real(0));
  const int64_t grain = row_grain(block_rows * columns, kMoveGrain / 2);
  parallel_for(blocks, grain, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin * block_rows; r < std::min(rows, end * block_rows); ++r) {
      const Row row{columns, x + r * ld, dy + r * ld, mean[r], inverse_deviation[r]};
      if (dx != nullptr) add_dx(row, gain, dx + r * ld);
      if (!parameters) continue;
      real* part = parts.data() + r / block_rows * 2 * columns;
      add_parameters(row, part, part + columns);
    }
  });
  add_blocks(blocks, columns, parts.data(), d_gain);
  add_blocks(blocks, columns, parts.data() + columns, d_bias);
}

}  // namespace p2s::cpu

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/cpu/cpu.h"
#include "kernels/cpu/grain.h"
#include "kernels/cpu/stream.h"
#include "kernels/cpu/sums.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {

void layer_norm(int64_t rows, int64_t columns, int64_t ld, const real* x, const real* gain,
                const real* bias, real epsilon, real* y, real* mean, real* inverse_deviation) {
  const bool streamed = worth_streaming(rows * columns);
  parallel_for(rows, row_grain(columns, kMoveGrain / 2), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const real* from = x + r * ld;
      real* to = y + r * ld;
      const real center =
          real(sum_range(0, columns, [=](int64_t c) { return from[c]; }) / double(columns));
      const double squares =
          sum_range(0, columns, [=](int64_t c) { return (from[c] - center) * (from[c] - center); });
      const real inverse = real(1 / std::sqrt(squares / double(columns) + double(epsilon)));
      write_row(streamed, columns, to,
                [=](int64_t c) { return (from[c] - center) * inverse * gain[c] + bias[c]; });
      if (mean != nullptr) mean[r] = center;
      if (inverse_deviation != nullptr) inverse_deviation[r] = inverse;
    }
    finish_streaming();
  });
}

namespace {

struct Row {
  int64_t columns;
  const real *x, *dy;
  real mean, inverse;
};

// How the gradient of a row is written.
enum class Write { add, store, stream };

// With n = (x - mean) * inverse and g = dy * gain: dx = inverse * (g - mean(g) - n * mean(g n)).
template <class Number>
void write_dx(const Row& row, const real* gain, Write write, real* dx) {
  const Row r = row;
  const auto g = [=](int64_t c) { return Number(r.dy[c]) * Number(gain[c]); };
  const auto away = [=](int64_t c) { return Number(r.x[c]) - Number(r.mean); };
  const double inverse = double(r.inverse), count = double(r.columns);
  const double dot = sum_range(0, r.columns, [=](int64_t c) { return g(c) * away(c); }) * inverse *
                     inverse / count;
  const auto scale = Number(inverse), shift = Number(sum_range(0, r.columns, g) / count),
             slope = Number(dot);
  const auto term = [=](int64_t c) { return real(scale * (g(c) - shift - away(c) * slope)); };
  if (write == Write::add) {
#pragma omp simd
    for (int64_t c = 0; c < r.columns; ++c) dx[c] += term(c);
  } else {
    write_row(write == Write::stream, r.columns, dx, term);
  }
}

// Short rows cancel to nothing: in double.
void write_dx(const Row& row, const real* gain, Write write, real* dx) {
  constexpr int64_t kShort = 64;
  return row.columns < kShort ? write_dx<double>(row, gain, write, dx)
                              : write_dx<real>(row, gain, write, dx);
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
                     real* d_gain, real* d_bias, bool accumulate) {
  const Write write = accumulate                        ? Write::add
                      : worth_streaming(rows * columns) ? Write::stream
                                                        : Write::store;
  const bool parameters = d_gain != nullptr || d_bias != nullptr;
  const int64_t block_rows = std::max<int64_t>(16, (rows + 63) / 64);
  const int64_t blocks = (rows + block_rows - 1) / block_rows;
  std::vector<real> parts(parameters ? size_t(blocks * 2 * columns) : 0, real(0));
  const int64_t grain = row_grain(block_rows * columns, kMoveGrain / 2);
  parallel_for(blocks, grain, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin * block_rows; r < std::min(rows, end * block_rows); ++r) {
      const Row row{columns, x + r * ld, dy + r * ld, mean[r], inverse_deviation[r]};
      if (dx != nullptr) write_dx(row, gain, write, dx + r * ld);
      if (!parameters) continue;
      real* part = parts.data() + r / block_rows * 2 * columns;
      add_parameters(row, part, part + columns);
    }
    finish_streaming();
  });
  add_blocks(blocks, columns, parts.data(), d_gain);
  add_blocks(blocks, columns, parts.data() + columns, d_bias);
}

}  // namespace p2s::cpu

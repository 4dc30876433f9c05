#include "kernels/cpu/gemm_int8.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "kernels/cpu/byte_tiles.h"
#include "kernels/cpu/finish.h"
#include "kernels/cpu/grain.h"
#include "kernels/cpu/matrix_tiles.h"
#include "kernels/cpu/transpose.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {
namespace {

constexpr int64_t kLargest = 127;
constexpr int64_t kOutputs = 4;  // columns of B at a time, for as many sums in registers
// From so many rows on, widening the weights once is cheaper than once for every third row.
constexpr int64_t kMany = 4;
static_assert(kBytePanel % kOutputs == 0);

// A row of weights fills whole vectors and tiles.
int64_t padded(int64_t k) { return ceil_divide(k, kByteDepth) * kByteDepth; }

// The largest whole number of A for which k products with a weight add up exactly.
int64_t largest_of_a(int64_t k) {
  constexpr int64_t kSum = std::numeric_limits<int32_t>::max();
  return std::clamp<int64_t>(kSum / (kLargest * std::max<int64_t>(k, 1)), 1, 32767);
}

// to = x in whole multiples of the scale that is returned; NaN where x is not finite.
real round_row(int64_t k, int64_t stride, const real* x, int64_t most, int16_t* to) {
  real largest = 0, bad = 0;
#pragma omp simd reduction(max : largest) reduction(+ : bad)
  for (int64_t i = 0; i < k; ++i) {
    const real size = x[i] < 0 ? -x[i] : x[i];
    largest = size > largest ? size : largest;
    bad += x[i] * 0;
  }
  const bool finite = bad == 0;
  const real inverse = finite && largest > 0 ? real(most) / largest : 0;
#pragma omp simd
  for (int64_t i = 0; i < k; ++i) {
    to[i] = int16_t(int32_t(std::rint((finite ? x[i] : 0) * inverse)));
  }
  std::fill(to + k, to + stride, int16_t(0));
  return finite ? largest / real(most) : std::numeric_limits<real>::quiet_NaN();
}

// sums[r, i] = w row r . x row i. The compiler makes it of multiply-and-add of 16-bit pairs, which
// AVX2 has for twice as many products as of floats.
template <int rows, class Weight>
std::array<int32_t, size_t(kOutputs* rows)> dots(int64_t stride, const Weight* w,
                                                 const int16_t* x) {
  std::array<int32_t, size_t(kOutputs * rows)> sums{};
  for (int64_t l = 0; l < stride; ++l) {
#pragma GCC unroll 4
    for (int64_t r = 0; r < kOutputs; ++r) {
#pragma GCC unroll 3
      for (int64_t i = 0; i < rows; ++i) {
        sums[size_t(r * rows + i)] += int32_t(int16_t(w[r * stride + l])) * x[i * stride + l];
      }
    }
  }
  return sums;
}

// What the product of a block of four columns needs; `outputs` of them are there.
struct Block {
  int64_t stride, outputs;
  const real* column_scales;
  const real* row_scales;
  real* c;
  int64_t ldc;
  real beta;
};

template <int rows, class Weight>
void write_block(const Block& block, const Weight* w, const int16_t* x, int64_t first) {
  const auto sums = dots<rows>(block.stride, w, x + first * block.stride);
  for (int64_t i = 0; i < rows; ++i) {
    real* y = block.c + (first + i) * block.ldc;
    for (int64_t r = 0; r < block.outputs; ++r) {
      const real value =
          real(sums[size_t(r * rows + i)]) * block.column_scales[r] * block.row_scales[first + i];
      y[r] = value + (block.beta == 0 ? 0 : block.beta * y[r]);
    }
  }
}

template <class Weight>
void multiply_block(const Block& block, int64_t m, const Weight* w, const int16_t* x) {
  int64_t i = 0;
  for (; i + 3 <= m; i += 3) write_block<3>(block, w, x, i);
  if (m - i == 2) write_block<2>(block, w, x, i);
  if (m - i == 1) write_block<1>(block, w, x, i);
}

}  // namespace

Int8Weight::Int8Weight(bool transpose_b, int64_t k, int64_t n, const real* b, int64_t ldb)
    : k_(k),
      n_(n),
      stride_(padded(k)),
      // Whole panels of columns, the last ones zero.
      numbers_(size_t(stride_ * ceil_divide(n, kBytePanel) * kBytePanel)),
      scales_(size_t(n) * sizeof(real)) {
  auto* const numbers = numbers_.as<int8_t>();
  std::fill(numbers + n * stride_, numbers + ceil_divide(n, kBytePanel) * kBytePanel * stride_,
            int8_t(0));
  parallel_for(n, row_grain(k, kMoveGrain), [&](int64_t begin, int64_t end) {
    for (int64_t j = begin; j < end; ++j) {
      const auto weight = [&](int64_t l) { return transpose_b ? b[j * ldb + l] : b[l * ldb + j]; };
      real largest = 0;
      for (int64_t l = 0; l < k; ++l) largest = std::max(largest, std::abs(weight(l)));
      const real inverse = largest > 0 ? real(kLargest) / largest : 0;
      int8_t* row = numbers + j * stride_;
      for (int64_t l = 0; l < k; ++l) row[l] = int8_t(std::rint(weight(l) * inverse));
      std::fill(row + k, row + stride_, int8_t(0));
      scales_.as<real>()[j] = largest / real(kLargest);
    }
  });
}

void Int8Weight::multiply_in_tiles(int64_t m, const int16_t* x, const real* row_scales, real* c,
                                   int64_t ldc, real beta) const {
  // Tiles of rows that stay in the second cache beside a panel.
  constexpr int64_t kTogether = 8;
  const ByteTiles rows(m, stride_, x);
  const int64_t panels = ceil_divide(n_, kBytePanel), lots = ceil_divide(rows.tiles(), kTogether);
  const auto multiply_panel = [&](int64_t lot, int64_t panel) {
    const int64_t column = panel * kBytePanel, there = std::min(kBytePanel, n_ - column);
    const int8_t* weights = numbers_.as<int8_t>() + column * stride_;
    const int64_t first = rows.tiles() * lot / lots, last = rows.tiles() * (lot + 1) / lots;
    const int64_t lines = ceil_divide(kBytePanel, last - first);
    const char* next = reinterpret_cast<const char*>(weights + kBytePanel * stride_);
    alignas(64) int32_t sums[kBytePanel * kByteRows];
    alignas(64) real scaled[kBytePanel * kByteRows], turned[kBytePanel * kByteRows];
    for (int64_t tile = first; tile < last; ++tile, next += lines * stride_) {
      rows.multiply(tile, weights, next, lines, sums);
      const int64_t row = tile * kByteRows, there_rows = std::min(kByteRows, m - row);
      for (int64_t r = 0; r < there; ++r) {
        const real scale = scales_.as<real>()[column + r];
#pragma omp simd
        for (int64_t i = 0; i < there_rows; ++i) {
          scaled[r * kByteRows + i] = real(sums[r * kByteRows + i]) * scale * row_scales[row + i];
        }
      }
      transpose(there, there_rows, scaled, kByteRows, turned, kBytePanel);
      real* y = c + row * ldc + column;
      const Finish finish{.added = beta == 0 ? nullptr : y, .factor = beta};
      finish.write(there_rows, there, turned, kBytePanel, y, ldc);
    }
  };
  parallel_for(lots * panels, row_grain(m * k_ * kBytePanel / lots, 4 * kMoveGrain),
               [&](int64_t begin, int64_t end) {
                 const TileRows tile_rows(kByteRows);
                 for (int64_t i = begin; i < end; ++i) multiply_panel(i / panels, i % panels);
               });
}

void Int8Weight::multiply(int64_t m, const real* a, int64_t lda, real* c, int64_t ldc,
                          real beta) const {
  const Scratch rounded(size_t(m * stride_) * sizeof(int16_t)),
      row_scales(size_t(m) * sizeof(real));
  auto* const x = rounded.as<int16_t>();
  const int64_t most = largest_of_a(k_);
  parallel_for(m, row_grain(k_, kMoveGrain), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      row_scales.as<real>()[i] = round_row(k_, stride_, a + i * lda, most, x + i * stride_);
    }
  });
  if (m >= kMany && has_matrix_tiles()) {
    return multiply_in_tiles(m, x, row_scales.as<real>(), c, ldc, beta);
  }
  const int64_t blocks = ceil_divide(n_, kOutputs);
  parallel_for(blocks, row_grain(m * k_ * kOutputs, 4 * kMoveGrain),
               [&](int64_t begin, int64_t end) {
                 const Scratch wide(m < kMany ? 0 : size_t(kOutputs * stride_) * sizeof(int16_t));
                 for (int64_t block = begin; block < end; ++block) {
                   const int64_t first = block * kOutputs;
                   const int8_t* w = numbers_.as<int8_t>() + first * stride_;
                   const Block b{stride_,
                                 std::min(kOutputs, n_ - first),
                                 scales_.as<real>() + first,
                                 row_scales.as<real>(),
                                 c + first,
                                 ldc,
                                 beta};
                   if (m < kMany) {
                     multiply_block(b, m, w, x);
                   } else {
                     std::copy(w, w + kOutputs * stride_, wide.as<int16_t>());
                     multiply_block(b, m, wide.as<int16_t>(), x);
                   }
                 }
               });
}

}  // namespace p2s::cpu

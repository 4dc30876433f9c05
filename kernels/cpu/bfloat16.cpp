#include "kernels/cpu/bfloat16.h"

#include <algorithm>

#include "kernels/cpu/grain.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {
namespace {

void round_row(int64_t n, const real* from, uint16_t* to) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) to[i] = uint16_t(bfloat16_bits(from[i]));
}

// Rows [begin, end) of the transpose, in squares that stay in the first cache.
void round_columns(int64_t begin, int64_t end, int64_t columns, const real* from, int64_t ld,
                   uint16_t* to) {
  constexpr int64_t kSide = 64;
  uint16_t square[kSide][kSide];
  for (int64_t left = 0; left < columns; left += kSide) {
    const int64_t width = std::min(kSide, columns - left);
    for (int64_t top = begin; top < end; top += kSide) {
      const int64_t height = std::min(kSide, end - top);
      for (int64_t c = 0; c < width; ++c) {
        round_row(height, from + (left + c) * ld + top, square[c]);
      }
      for (int64_t r = 0; r < height; ++r) {
        uint16_t* row = to + (top + r) * columns + left;
        for (int64_t c = 0; c < width; ++c) row[c] = square[c][r];
      }
    }
  }
}

}  // namespace

void round_to_bfloat16(bool transpose, int64_t rows, int64_t columns, const real* from, int64_t ld,
                       uint16_t* to) {
  parallel_for(rows, row_grain(columns, kMoveGrain), [&](int64_t begin, int64_t end) {
    if (transpose) return round_columns(begin, end, columns, from, ld, to);
    for (int64_t r = begin; r < end; ++r) round_row(columns, from + r * ld, to + r * columns);
  });
}

}  // namespace p2s::cpu

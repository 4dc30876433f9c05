#include <algorithm>

#include "kernels/cpu/cpu.h"
#include "kernels/cpu/grain.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {

void gather_rows(int64_t n, int64_t columns, const int32_t* ids, const real* table, real* y) {
  parallel_for(n, row_grain(columns, kMoveGrain / 2), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      real* row = y + i * columns;
      if (ids[i] < 0) {
        std::fill(row, row + columns, real(0));
      } else {
        const real* from = table + ids[i] * columns;
        std::copy(from, from + columns, row);
      }
    }
  });
}

// Threads take columns, so each sum runs over i in order however many there are.
void scatter_add_rows(int64_t n, int64_t columns, const int32_t* ids, real scale, const real* x,
                      real* table) {
  constexpr int64_t kLine = 16;
  const int64_t lines = (columns + kLine - 1) / kLine;
  parallel_for(lines, row_grain(n * kLine, kMoveGrain), [&](int64_t begin, int64_t end) {
    const int64_t left = begin * kLine, right = std::min(columns, end * kLine);
    for (int64_t i = 0; i < n; ++i) {
      if (ids[i] < 0) continue;
      const real* from = x + i * columns;
      real* to = table + ids[i] * columns;
#pragma omp simd
      for (int64_t c = left; c < right; ++c) to[c] += scale * from[c];
    }
  });
}

void zero_rows(int64_t n, int64_t columns, const int32_t* ids, real* table) {
  parallel_for(n, row_grain(columns, kMoveGrain), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) std::fill_n(table + ids[i] * columns, columns, real(0));
  });
}

}  // namespace p2s::cpu

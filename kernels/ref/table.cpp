#include <algorithm>

#include "kernels/ref/ref.h"

namespace p2s::ref {

void gather_rows(int64_t n, int64_t columns, const int32_t* ids, const real* table, real* y) {
  for (int64_t i = 0; i < n; ++i) {
    real* row = y + i * columns;
    if (ids[i] < 0) {
      std::fill(row, row + columns, real(0));
    } else {
      std::copy(table + ids[i] * columns, table + (ids[i] + 1) * columns, row);
    }
  }
}

void scatter_add_rows(int64_t n, int64_t columns, const int32_t* ids, real scale, const real* x,
                      real* table) {
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t c = 0; c < columns && ids[i] >= 0; ++c) {
      table[ids[i] * columns + c] += scale * x[i * columns + c];
    }
  }
}

void zero_rows(int64_t n, int64_t columns, const int32_t* ids, real* table) {
  for (int64_t i = 0; i < n; ++i) {
    std::fill(table + ids[i] * columns, table + (ids[i] + 1) * columns, real(0));
  }
}

}  // namespace p2s::ref

#include <algorithm>

#include "kernels/cpu/cpu.h"
#include "kernels/cpu/grain.h"
#include "kernels/cpu/softmax.h"
#include "kernels/cpu/sums.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {

void copy_block(int64_t rows, int64_t columns, const real* from, int64_t ld_from, real* to,
                int64_t ld_to, bool accumulate) {
  parallel_for(rows, row_grain(columns, kMoveGrain), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const real* source = from + r * ld_from;
      real* target = to + r * ld_to;
      if (accumulate) {
#pragma omp simd
        for (int64_t c = 0; c < columns; ++c) target[c] += source[c];
      } else {
        std::copy(source, source + columns, target);
      }
    }
  });
}

namespace {

void sum_all(int64_t outer, int64_t n, int64_t inner, real scale, const real* x, real* y) {
  if (outer == 1 && inner == 1) {
    y[0] = scale * real(sum_parallel(n, [=](int64_t i) { return x[i]; }));
  } else if (inner == 1) {
    parallel_for(outer, row_grain(n, kMoveGrain), [&](int64_t begin, int64_t end) {
      for (int64_t o = begin; o < end; ++o) {
        y[o] = scale * real(sum_range(o * n, (o + 1) * n, [=](int64_t i) { return x[i]; }));
      }
    });
  } else {
    for (int64_t o = 0; o < outer; ++o) {
      const real* block = x + o * n * inner;
      const auto sums =
          sum_columns(n, inner, [=](int64_t j, int64_t i) { return block[j * inner + i]; });
      for (int64_t i = 0; i < inner; ++i) y[o * inner + i] = scale * real(sums[size_t(i)]);
    }
  }
}

// The place of the first of equal maxima.
int32_t max_row(int64_t n, const real* x, real* y) {
  y[0] = row_max(n, x);
  const real* place = std::find(x, x + n, y[0]);
  return place == x + n ? 0 : int32_t(place - x);
}

// The same for every column of x [n, inner]; the places go into best [inner].
void max_block(int64_t n, int64_t inner, const real* x, real* y, int32_t* best) {
  std::copy(x, x + inner, y);
  std::fill(best, best + inner, 0);
  for (int64_t j = 1; j < n; ++j) {
    const real* row = x + j * inner;
#pragma omp simd
    for (int64_t i = 0; i < inner; ++i) {
      const bool larger = row[i] > y[i];
      best[i] = larger ? int32_t(j) : best[i];
      y[i] = larger ? row[i] : y[i];
    }
  }
}

}  // namespace

void reduce(Reduce op, int64_t outer, int64_t n, int64_t inner, const real* x, real* y,
            int32_t* arg) {
  if (op != Reduce::max) {
    return sum_all(outer, n, inner, op == Reduce::mean ? 1 / real(n) : real(1), x, y);
  }
  parallel_for(outer, row_grain(n * inner, kMoveGrain), [&](int64_t begin, int64_t end) {
    std::vector<int32_t> places(arg == nullptr ? size_t(inner) : 0);
    for (int64_t o = begin; o < end; ++o) {
      if (inner == 1) {
        const int32_t best = max_row(n, x + o * n, y + o);
        if (arg != nullptr) arg[o] = best;
        continue;
      }
      max_block(n, inner, x + o * n * inner, y + o * inner,
                arg == nullptr ? places.data() : arg + o * inner);
    }
  });
}

void reduce_grad(Reduce op, int64_t outer, int64_t n, int64_t inner, const real* dy,
                 const int32_t* arg, real* dx) {
  if (dx == nullptr) return;
  if (op == Reduce::max) {
    for (int64_t place = 0; place < outer * inner; ++place) {
      const int64_t o = place / inner, i = place % inner;
      dx[(o * n + arg[place]) * inner + i] += dy[place];
    }
    return;
  }
  const real scale = op == Reduce::mean ? 1 / real(n) : real(1);
  parallel_for(outer * n, row_grain(inner, kMoveGrain), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end;) {
      const int64_t o = row / n, stop = std::min(end, (o + 1) * n);
      const real* from = dy + o * inner;
      if (inner == 1) {
        const real value = scale * from[0];
#pragma omp simd
        for (int64_t i = row; i < stop; ++i) dx[i] += value;
        row = stop;
        continue;
      }
      for (; row < stop; ++row) {
        real* to = dx + row * inner;
#pragma omp simd
        for (int64_t i = 0; i < inner; ++i) to[i] += scale * from[i];
      }
    }
  });
}

}  // namespace p2s::cpu

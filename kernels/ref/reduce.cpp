#include "kernels/ref/ref.h"

namespace p2s::ref {

void copy_block(int64_t rows, int64_t columns, const real* from, int64_t ld_from, real* to,
                int64_t ld_to, bool accumulate) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c) {
      const real old = accumulate ? to[r * ld_to + c] : real(0);
      to[r * ld_to + c] = old + from[r * ld_from + c];
    }
  }
}

void reduce(Reduce op, int64_t outer, int64_t n, int64_t inner, const real* x, real* y,
            int32_t* arg) {
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t i = 0; i < inner; ++i) {
      const real* column = x + o * n * inner + i;
      double sum = 0;
      int64_t best = 0;
      for (int64_t j = 0; j < n; ++j) {
        sum += double(column[j * inner]);
        if (column[j * inner] > column[best * inner]) best = j;
      }
      const int64_t place = o * inner + i;
      if (op == Reduce::max) {
        y[place] = column[best * inner];
        if (arg != nullptr) arg[place] = int32_t(best);
      } else {
        y[place] = real(op == Reduce::mean ? sum / double(n) : sum);
      }
    }
  }
}

void reduce_grad(Reduce op, int64_t outer, int64_t n, int64_t inner, const real* dy,
                 const int32_t* arg, real* dx) {
  if (dx == nullptr) return;
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t j = 0; j < n; ++j) {
      for (int64_t i = 0; i < inner; ++i) {
        const int64_t place = o * inner + i;
        real& target = dx[(o * n + j) * inner + i];
        if (op == Reduce::sum) target += dy[place];
        if (op == Reduce::mean) target += dy[place] / real(n);
        if (op == Reduce::max && arg[place] == j) target += dy[place];
      }
    }
  }
}

}  // namespace p2s::ref

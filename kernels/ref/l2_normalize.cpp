#include <algorithm>
#include <cmath>

#include "kernels/ref/ref.h"

namespace p2s::ref {

void l2_normalize(int64_t rows, int64_t columns, real epsilon, const real* x, real* y,
                  real* norms) {
  for (int64_t r = 0; r < rows; ++r, x += columns, y += columns) {
    double squares = 0;
    for (int64_t c = 0; c < columns; ++c) squares += double(x[c]) * double(x[c]);
    const double norm = std::sqrt(squares);
    for (int64_t c = 0; c < columns; ++c) {
      y[c] = real(double(x[c]) / std::max(norm, double(epsilon)));
    }
    if (norms != nullptr) norms[r] = real(norm);
  }
}

void l2_normalize_grad(int64_t rows, int64_t columns, real epsilon, const real* y,
                       const real* norms, const real* dy, real* dx) {
  if (dx == nullptr) return;
  for (int64_t r = 0; r < rows; ++r, y += columns, dy += columns, dx += columns) {
    double dot = 0;
    for (int64_t c = 0; c < columns; ++c) dot += double(y[c]) * double(dy[c]);
    // Below epsilon the divisor is a constant.
    if (norms[r] <= epsilon) dot = 0;
    const double divisor = double(std::max(norms[r], epsilon));
    for (int64_t c = 0; c < columns; ++c) {
      dx[c] += real((double(dy[c]) - double(y[c]) * dot) / divisor);
    }
  }
}

}  // namespace p2s::ref

#include <cmath>

#include "kernels/ref/ref.h"

namespace p2s::ref {

void layer_norm(int64_t rows, int64_t columns, int64_t ld, const real* x, const real* gain,
                const real* bias, real epsilon, real* y, real* mean, real* inverse_deviation) {
  for (int64_t r = 0; r < rows; ++r, x += ld, y += ld) {
    double sum = 0, squares = 0;
    for (int64_t c = 0; c < columns; ++c) sum += double(x[c]);
    const double center = sum / double(columns);
    for (int64_t c = 0; c < columns; ++c) {
      squares += (double(x[c]) - center) * (double(x[c]) - center);
    }
    const double inverse = 1 / std::sqrt(squares / double(columns) + double(epsilon));
    for (int64_t c = 0; c < columns; ++c) {
      y[c] = real((double(x[c]) - center) * inverse * double(gain[c]) + double(bias[c]));
    }
    if (mean != nullptr) mean[r] = real(center);
    if (inverse_deviation != nullptr) inverse_deviation[r] = real(inverse);
  }
}

namespace {

// With n = (x - mean) * inverse and g = dy * gain: dx = inverse * (g - mean(g) - n * mean(g n)).
void row_grad(int64_t columns, const real* x, const real* gain, double mean, double inverse,
              const real* dy, bool accumulate, real* dx) {
  double sum = 0, dot = 0;
  for (int64_t c = 0; c < columns; ++c) {
    const double g = double(dy[c]) * double(gain[c]);
    sum += g;
    dot += g * (double(x[c]) - mean) * inverse;
  }
  sum /= double(columns), dot /= double(columns);
  for (int64_t c = 0; c < columns; ++c) {
    const double normal = (double(x[c]) - mean) * inverse;
    dx[c] = (accumulate ? dx[c] : 0) +
            real(inverse * (double(dy[c]) * double(gain[c]) - sum - normal * dot));
  }
}

}  // namespace

void layer_norm_grad(int64_t rows, int64_t columns, int64_t ld, const real* x, const real* gain,
                     const real* mean, const real* inverse_deviation, const real* dy, real* dx,
                     real* d_gain, real* d_bias, bool accumulate) {
  for (int64_t r = 0; r < rows && dx != nullptr; ++r) {
    row_grad(columns, x + r * ld, gain, double(mean[r]), double(inverse_deviation[r]), dy + r * ld,
             accumulate, dx + r * ld);
  }
  for (int64_t c = 0; c < columns; ++c) {
    double for_gain = 0, for_bias = 0;
    for (int64_t r = 0; r < rows; ++r) {
      const double g = double(dy[r * ld + c]);
      for_gain += g * (double(x[r * ld + c]) - double(mean[r])) * double(inverse_deviation[r]);
      for_bias += g;
    }
    if (d_gain != nullptr) d_gain[c] += real(for_gain);
    if (d_bias != nullptr) d_bias[c] += real(for_bias);
  }
}

}  // namespace p2s::ref

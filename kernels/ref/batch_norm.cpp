#include <algorithm>
#include <cmath>

#include "kernels/functors.h"
#include "kernels/ref/ref.h"

namespace p2s::ref {

void batch_norm(int64_t rows, int64_t columns, const real* x, const real* gain, const real* bias,
                const real* residual, Activation activation, real epsilon, real momentum, real* y,
                real* mean, real* inverse_deviation, real* running_mean, real* running_variance) {
  for (int64_t c = 0; c < columns; ++c) {
    double sum = 0, squares = 0;
    for (int64_t r = 0; r < rows; ++r) sum += double(x[r * columns + c]);
    const double center = sum / double(rows);
    for (int64_t r = 0; r < rows; ++r) {
      const double away = double(x[r * columns + c]) - center;
      squares += away * away;
    }
    const double inverse = 1 / std::sqrt(squares / double(rows) + double(epsilon));
    const double unbiased = squares / double(std::max<int64_t>(rows - 1, 1));
    for (int64_t r = 0; r < rows; ++r) {
      const double normal = (double(x[r * columns + c]) - center) * inverse;
      double sum = normal * double(gain[c]) + double(bias[c]);
      if (residual != nullptr) sum += double(residual[r * columns + c]);
      y[r * columns + c] = real(functor::activate(activation, sum));
    }
    mean[c] = real(center);
    inverse_deviation[c] = real(inverse);
    running_mean[c] += real(double(momentum) * (center - double(running_mean[c])));
    running_variance[c] += real(double(momentum) * (unbiased - double(running_variance[c])));
  }
}

void batch_norm_grad(int64_t rows, int64_t columns, const real* x, const real* gain,
                     const real* mean, const real* inverse_deviation, const real* dy, real* dx,
                     real* d_gain, real* d_bias, bool accumulate) {
  for (int64_t c = 0; c < columns; ++c) {
    const double inverse = double(inverse_deviation[c]);
    const auto normal = [&](int64_t r) {
      return (double(x[r * columns + c]) - double(mean[c])) * inverse;
    };
    double sum = 0, dot = 0;
    for (int64_t r = 0; r < rows; ++r) {
      sum += double(dy[r * columns + c]);
      dot += double(dy[r * columns + c]) * normal(r);
    }
    for (int64_t r = 0; r < rows && dx != nullptr; ++r) {
      const double rest = sum / double(rows) + normal(r) * dot / double(rows);
      real& to = dx[r * columns + c];
      to = (accumulate ? to : 0) +
           real(double(gain[c]) * inverse * (double(dy[r * columns + c]) - rest));
    }
    if (d_gain != nullptr) d_gain[c] += real(dot);
    if (d_bias != nullptr) d_bias[c] += real(sum);
  }
}

}  // namespace p2s::ref

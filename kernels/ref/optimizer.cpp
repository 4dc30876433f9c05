#include <cmath>

#include "kernels/ref/ref.h"

namespace p2s::ref {

double sum_squares(int64_t n, const real* x) {
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += double(x[i]) * double(x[i]);
  return sum;
}

void adam(int64_t n, const AdamStep& step, const real* gradient, real* m, real* v, real* w) {
  for (int64_t i = 0; i < n; ++i) {
    const double g = double(step.scale) * double(gradient[i]);
    const double first = double(step.beta1) * double(m[i]) + (1 - double(step.beta1)) * g;
    const double second = double(step.beta2) * double(v[i]) + (1 - double(step.beta2)) * g * g;
    const double deviation = std::sqrt(second / double(step.correction2)) + double(step.epsilon);
    const double direction = first / double(step.correction1) / deviation;
    m[i] = real(first), v[i] = real(second);
    w[i] -= real(double(step.rate) * (direction + double(step.decay) * double(w[i])));
  }
}

void sgd(int64_t n, real rate, real momentum, real decay, real scale, const real* gradient, real* v,
         real* w) {
  for (int64_t i = 0; i < n; ++i) {
    double direction = double(scale) * double(gradient[i]) + double(decay) * double(w[i]);
    if (v != nullptr) {
      direction += double(momentum) * double(v[i]);
      v[i] = real(direction);
    }
    w[i] -= real(double(rate) * direction);
  }
}

}  // namespace p2s::ref

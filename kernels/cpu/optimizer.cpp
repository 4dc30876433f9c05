#include <cmath>

#include "kernels/cpu/cpu.h"
#include "kernels/cpu/grain.h"
#include "kernels/cpu/sums.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {

// In double: the square of a large gradient is not infinite yet.
double sum_squares(int64_t n, const real* x) {
  return sum_parallel(n, [=](int64_t i) { return double(x[i]) * double(x[i]); });
}

void adam(int64_t n, const AdamStep& step, const real* gradient, real* m, real* v, real* w) {
  const AdamStep s = step;
  const real for_m = 1 - s.beta1, for_v = 1 - s.beta2, inverse1 = 1 / s.correction1,
             inverse2 = 1 / s.correction2;
  parallel_for(n, kMoveGrain / 2, [&, s](int64_t begin, int64_t end) {
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) {
      const real g = s.scale * gradient[i];
      const real first = s.beta1 * m[i] + for_m * g;
      const real second = s.beta2 * v[i] + for_v * g * g;
      const real direction = first * inverse1 / (std::sqrt(second * inverse2) + s.epsilon);
      m[i] = first;
      v[i] = second;
      w[i] -= s.rate * (direction + s.decay * w[i]);
    }
  });
}

void sgd(int64_t n, real rate, real momentum, real decay, real scale, const real* gradient, real* v,
         real* w) {
  parallel_for(n, kMoveGrain, [=](int64_t begin, int64_t end) {
    if (v == nullptr) {
#pragma omp simd
      for (int64_t i = begin; i < end; ++i) w[i] -= rate * (scale * gradient[i] + decay * w[i]);
    } else {
#pragma omp simd
      for (int64_t i = begin; i < end; ++i) {
        v[i] = momentum * v[i] + (scale * gradient[i] + decay * w[i]);
        w[i] -= rate * v[i];
      }
    }
  });
}

}  // namespace p2s::cpu

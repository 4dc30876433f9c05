#include <cmath>

#include "kernels/cpu/cpu.h"
#include "kernels/cpu/grain.h"
#include "kernels/cpu/sums.h"
#include "kernels/functors.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {

namespace {

void adam_block(const UpdateBlock& b, const AdamStep& step) {
  const real for_m = 1 - step.beta1, for_v = 1 - step.beta2, inverse1 = 1 / step.correction1,
             inverse2 = 1 / step.correction2, scale = functor::value_of(step.scale);
  parallel_for(b.size, kMoveGrain / 2, [&, b, s = step](int64_t begin, int64_t end) {
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) {
      const real g = scale * b.gradient[i];
      const real m = s.beta1 * b.first[i] + for_m * g;
      const real v = s.beta2 * b.second[i] + for_v * g * g;
      const real direction = m * inverse1 / (std::sqrt(v * inverse2) + s.epsilon);
      b.first[i] = m;
      b.second[i] = v;
      b.weight[i] -= b.rate * (direction + s.decay * b.weight[i]);
    }
  });
}

void sgd_block(const UpdateBlock& b, const SgdStep& step) {
  const real scale = functor::value_of(step.scale);
  parallel_for(b.size, kMoveGrain, [b, scale, s = step](int64_t begin, int64_t end) {
    if (b.first == nullptr) {
#pragma omp simd
      for (int64_t i = begin; i < end; ++i) {
        b.weight[i] -= b.rate * (scale * b.gradient[i] + s.decay * b.weight[i]);
      }
    } else {
#pragma omp simd
      for (int64_t i = begin; i < end; ++i) {
        b.first[i] = s.momentum * b.first[i] + (scale * b.gradient[i] + s.decay * b.weight[i]);
        b.weight[i] -= b.rate * b.first[i];
      }
    }
  });
}

}  // namespace

// In double: the square of a large gradient is not infinite yet.
void gradient_norm(int64_t count, const UpdateBlock* blocks, real* norm) {
  double sum = 0;
  for (int64_t b = 0; b < count; ++b) {
    const real* x = blocks[b].gradient;
    sum += sum_parallel(blocks[b].size, [=](int64_t i) { return double(x[i]) * double(x[i]); });
  }
  norm[0] = real(std::sqrt(sum));
}

void adam(int64_t count, const UpdateBlock* blocks, const AdamStep& step) {
  for (int64_t b = 0; b < count; ++b) adam_block(blocks[b], step);
}

void sgd(int64_t count, const UpdateBlock* blocks, const SgdStep& step) {
  for (int64_t b = 0; b < count; ++b) sgd_block(blocks[b], step);
}

}  // namespace p2s::cpu

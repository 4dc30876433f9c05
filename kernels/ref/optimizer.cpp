#include <cmath>

#include "kernels/functors.h"
#include "kernels/ref/ref.h"

namespace p2s::ref {

void gradient_norm(int64_t count, const UpdateBlock* blocks, real* norm) {
  double sum = 0;
  for (int64_t b = 0; b < count; ++b) {
    for (int64_t i = 0; i < blocks[b].size; ++i) {
      sum += double(blocks[b].gradient[i]) * double(blocks[b].gradient[i]);
    }
  }
  norm[0] = real(std::sqrt(sum));
}

void adam(int64_t count, const UpdateBlock* blocks, const AdamStep& step) {
  const auto scale = double(functor::value_of(step.scale));
  for (int64_t index = 0; index < count; ++index) {
    const UpdateBlock& b = blocks[index];
    for (int64_t i = 0; i < b.size; ++i) {
      const double g = scale * double(b.gradient[i]);
      const double m = double(step.beta1) * double(b.first[i]) + (1 - double(step.beta1)) * g;
      const double v = double(step.beta2) * double(b.second[i]) + (1 - double(step.beta2)) * g * g;
      const double deviation = std::sqrt(v / double(step.correction2)) + double(step.epsilon);
      const double direction = m / double(step.correction1) / deviation;
      b.first[i] = real(m), b.second[i] = real(v);
      b.weight[i] -= real(double(b.rate) * (direction + double(step.decay) * double(b.weight[i])));
    }
  }
}

void sgd(int64_t count, const UpdateBlock* blocks, const SgdStep& step) {
  const auto scale = double(functor::value_of(step.scale));
  for (int64_t index = 0; index < count; ++index) {
    const UpdateBlock& b = blocks[index];
    for (int64_t i = 0; i < b.size; ++i) {
      double direction = scale * double(b.gradient[i]) + double(step.decay) * double(b.weight[i]);
      if (b.first != nullptr) {
        direction += double(step.momentum) * double(b.first[i]);
        b.first[i] = real(direction);
      }
      b.weight[i] -= real(double(b.rate) * direction);
    }
  }
}

}  // namespace p2s::ref

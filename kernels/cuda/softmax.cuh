#pragma once

#include "kernels/cuda/launch.cuh"
#include "kernels/functors.h"

namespace p2s::cuda {

// log(sum(exp(x))) of a row is largest + log_sum, kept apart because their sum loses digits.
struct LogSumExp {
  float largest, sum, log_sum;
};

// One pass over the row: a thread corrects its sum whenever it meets a larger number (Milakov &
// Gimelshein 2018, "Online normalizer calculation for softmax"). columns > 0.
template <class T>
__device__ LogSumExp log_sum_exp(int64_t columns, const float* x) {
  constexpr float kLowest = -3.402823466e38f;
  float largest = kLowest, sum = 0;
  for (int64_t c = T::rank(); c < columns; c += T::size()) {
    const float value = x[c];
    if (value > largest) {
      sum *= functor::exp(largest - value);
      largest = value;
    }
    sum += functor::exp(value - largest);
  }
  const float all = T::largest(largest);
  sum = T::sum(sum * functor::exp(largest - all));
  return {all, sum, functor::log(sum)};
}

}  // namespace p2s::cuda

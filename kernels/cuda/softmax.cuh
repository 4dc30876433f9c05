#pragma once

#include "kernels/cuda/row.cuh"
#include "kernels/functors.h"

namespace p2s::cuda {

// log(sum(exp(x))) of a row is largest + log_sum, kept apart because their sum loses digits.
struct LogSumExp {
  float largest, sum, log_sum;
};

__device__ inline float largest_of(float x) { return x; }
__device__ inline float largest_of(float4 x) {
  const Largest larger;
  return larger(larger(x.x, x.y), larger(x.z, x.w));
}

// One pass over the row: a thread corrects its sum whenever it meets a larger number (Milakov &
// Gimelshein 2018, "Online normalizer calculation for softmax"). The row is not empty.
template <class T, class R>
__device__ LogSumExp log_sum_exp(const R& row) {
  constexpr float kLowest = -3.402823466e38f;
  float largest = kLowest, sum = 0;
  row.each([&](int64_t, auto x) {
    const float here = largest_of(x);
    if (here > largest) {
      sum *= functor::exp(largest - here);
      largest = here;
    }
    sum += sum_of_all<float>([&](float v) { return functor::exp(v - largest); }, x);
  });
  const float all = T::largest(largest);
  sum = T::sum(sum * functor::exp(largest - all));
  return {all, sum, functor::log(sum)};
}

}  // namespace p2s::cuda

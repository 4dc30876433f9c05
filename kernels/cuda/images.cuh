#pragma once

#include "kernels/cuda/launch.cuh"
#include "kernels/kernels.h"

namespace p2s::cuda {

// A convolution or pooling with the height P and the width Q of its output, worked out on the host.
template <class Windows>
struct Sized : Windows {
  Sized(const Windows& w)  // NOLINT(google-explicit-constructor)
      : Windows(w), P(w.out_height()), Q(w.out_width()) {}
  int64_t P, Q;
};

// Element `i` of [batch, height, width, channels].
struct Place {
  int64_t image, row, column, channel;
};
__device__ inline Place place_of(int64_t i, int64_t height, int64_t width, int64_t channels) {
  const int64_t pixel = quotient_of(i, channels), line = quotient_of(pixel, width);
  const int64_t image = quotient_of(line, height);
  return {image, line - image * height, pixel - line * width, i - pixel * channels};
}

}  // namespace p2s::cuda

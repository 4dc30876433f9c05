#pragma once

#include <cuda_runtime.h>

#include <cstdint>

namespace p2s::cuda {

// To the nearest, ties to even, as kernels/ref rounds; written out, so that it is the same with and
// without hardware for it.
__device__ inline uint16_t to_bfloat16(float x) {
  const uint32_t bits = __float_as_uint(x);
  if (x != x) return uint16_t((bits >> 16) | 0x40u);
  return uint16_t((bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16);
}

}  // namespace p2s::cuda

#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "kernels/kernels.h"

#ifdef __CUDACC__
#define P2S_HD __host__ __device__ __forceinline__
#else
#define P2S_HD inline __attribute__((always_inline))
#endif

// Scalar maths, written once for every device. No libm call stands in the float versions, so loops
// over them vectorise.
namespace p2s::functor {

// exp by range reduction to [-ln2/2, ln2/2] and a degree-6 polynomial (Cephes expf; 2 ulp).
P2S_HD float exp(float x) {
#ifdef __CUDA_ARCH__
  return ::expf(x);
#else
  x = x > 88.7f ? 88.7f : (x < -87.3f ? -87.3f : x);
  // Adding and taking off 1.5 * 2^23 rounds to the nearest integer.
  const float magic = 12582912.0f;
  const float n = (x * 1.44269504088896341f + magic) - magic;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  return p * std::bit_cast<float>((int32_t(n) + 127) << 23);
#endif
}
P2S_HD double exp(double x) { return ::exp(x); }

P2S_HD float sigmoid(float x) { return 1.0f / (1.0f + exp(-x)); }
P2S_HD double sigmoid(double x) { return 1.0 / (1.0 + ::exp(-x)); }

// tanh = 1 - 2 / (exp(2x) + 1), and its odd series near 0 where that form cancels.
P2S_HD float tanh(float x) {
#ifdef __CUDA_ARCH__
  return ::tanhf(x);
#else
  const float s = x * x;
  const float series =
      x *
      (1.0f + s * (-0.333333333f + s * (0.133333333f + s * (-0.0539682540f + s * 0.0218694885f))));
  const float form = 1.0f - 2.0f / (exp(2.0f * x) + 1.0f);
  return s < 0.09f ? series : form;
#endif
}
P2S_HD double tanh(double x) { return ::tanh(x); }

}  // namespace p2s::functor

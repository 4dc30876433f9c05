#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "kernels/kernels.h"

#ifdef __CUDACC__
#define P2S_HD __host__ __device__ __forceinline__
#else
#define P2S_HD inline __attribute__((always_inline))
#endif

// Scalar maths, written once for every device. No libm call stands in the float versions, so loops
// over them vectorise.
namespace p2s::functor {

// By what a gradient is multiplied.
template <class Scale>
P2S_HD auto value_of(const Scale& s) {
  const bool clips = s.limit > 0 && s.norm[0] > s.limit;
  return clips ? s.factor * (s.limit / s.norm[0]) : s.factor;
}

// exp by range reduction to [-ln2/2, ln2/2] and a degree-6 polynomial (Cephes expf; 2 ulp); 0 below
// the smallest normal number.
// x in [-87.33, 88.72] as 2^n times what is returned.
P2S_HD float exp_without_exponent(float x, int32_t& exponent) {
  // Adding and taking off 1.5 * 2^23 rounds to the nearest integer.
  const float magic = 12582912.0f;
  const float n = (x * 1.44269504088896341f + magic) - magic;
  exponent = int32_t(n);
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  return p * r * r + r + 1.0f;
}

P2S_HD float exp(float value) {
#ifdef __CUDA_ARCH__
  return ::expf(value);
#else
  int32_t n = 0;
  float p = exp_without_exponent(value > 88.72f ? 88.72f : (value < -87.33f ? -87.33f : value), n);
  // 2^n in two halves: 2^128 alone is infinite.
  const int32_t half = n / 2, rest = n - half;
  p *= std::bit_cast<float>((half + 127) << 23);
  p *= std::bit_cast<float>((rest + 127) << 23);
  p = value > 88.72f ? std::numeric_limits<float>::infinity() : p;
  return value < -87.33f ? 0.0f : p;
#endif
}
P2S_HD double exp(double x) { return ::exp(x); }

// The same of x <= 0, in two thirds of the time.
P2S_HD float exp_of_negative(float value) {
#ifdef __CUDA_ARCH__
  return ::expf(value);
#else
  int32_t n = 0;
  const float p = exp_without_exponent(value < -87.33f ? -87.33f : value, n);
  return value < -87.33f ? 0.0f : p * std::bit_cast<float>((n + 127) << 23);
#endif
}
P2S_HD double exp_of_negative(double x) { return ::exp(x); }

// log by splitting off the exponent, the rest in [sqrt(1/2), sqrt(2)), and a degree-8 polynomial
// (Cephes logf; 1 ulp).
P2S_HD float log(float x) {
#ifdef __CUDA_ARCH__
  return ::logf(x);
#else
  const bool subnormal = x < std::numeric_limits<float>::min();
  const int32_t bits = std::bit_cast<int32_t>(subnormal ? x * 0x1p23f : x);
  const int32_t exponent = (bits - 0x3F3504F3) >> 23;
  const float e = float(subnormal ? exponent - 23 : exponent);
  const float f = std::bit_cast<float>(bits - (exponent << 23)) - 1.0f;
  float p = 7.0376836292e-2f;
  p = p * f - 1.1514610310e-1f;
  p = p * f + 1.1676998740e-1f;
  p = p * f - 1.2420140846e-1f;
  p = p * f + 1.4249322787e-1f;
  p = p * f - 1.6668057665e-1f;
  p = p * f + 2.0000714765e-1f;
  p = p * f - 2.4999993993e-1f;
  p = p * f + 3.3333331174e-1f;
  p = p * f * f * f - 2.12194440e-4f * e - 0.5f * f * f;
  p = f + p + 0.693359375f * e;
  p = x < std::numeric_limits<float>::infinity() ? p : x;
  p = x == 0.0f ? -std::numeric_limits<float>::infinity() : p;
  return x < 0.0f ? std::numeric_limits<float>::quiet_NaN() : p;
#endif
}
P2S_HD double log(double x) { return ::log(x); }

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

template <class T>
P2S_HD T clamp(T x, T low, T high) {
  return x < low ? low : (x > high ? high : x);
}

// f(x) of one Unary.
template <Unary op, class T>
P2S_HD T value(T x) {
  if constexpr (op == Unary::negative) return -x;
  if constexpr (op == Unary::sigmoid) return sigmoid(x);
  if constexpr (op == Unary::tanh) return tanh(x);
  if constexpr (op == Unary::relu) return x < T(0) ? T(0) : x;
  if constexpr (op == Unary::relu6) return clamp(x, T(0), T(6));
  if constexpr (op == Unary::exp) return exp(x);
  if constexpr (op == Unary::log) return log(x);
  if constexpr (op == Unary::sqrt) return std::sqrt(x);
  if constexpr (op == Unary::square) return x * x;
  if constexpr (op == Unary::abs) return x < T(0) ? -x : x;
}

// f'(x), given x and y = f(x); 0 at a kink.
template <Unary op, class T>
P2S_HD T derivative(T x, T y) {
  if constexpr (op == Unary::negative) return T(-1);
  if constexpr (op == Unary::sigmoid) return y * (T(1) - y);
  if constexpr (op == Unary::tanh) return T(1) - y * y;
  if constexpr (op == Unary::relu) return x > T(0) ? T(1) : T(0);
  if constexpr (op == Unary::relu6) return x > T(0) && x < T(6) ? T(1) : T(0);
  if constexpr (op == Unary::exp) return y;
  if constexpr (op == Unary::log) return T(1) / x;
  if constexpr (op == Unary::sqrt) return T(0.5) / y;
  if constexpr (op == Unary::square) return T(2) * x;
  if constexpr (op == Unary::abs) return x > T(0) ? T(1) : (x < T(0) ? T(-1) : T(0));
}

// Calls f(std::integral_constant<Unary, op>()) so that value<op> and derivative<op> can be named in
// its loop.
template <class F>
void dispatch(Unary op, F&& f) {
  switch (op) {
    case Unary::negative:
      return f(std::integral_constant<Unary, Unary::negative>());
    case Unary::sigmoid:
      return f(std::integral_constant<Unary, Unary::sigmoid>());
    case Unary::tanh:
      return f(std::integral_constant<Unary, Unary::tanh>());
    case Unary::relu:
      return f(std::integral_constant<Unary, Unary::relu>());
    case Unary::relu6:
      return f(std::integral_constant<Unary, Unary::relu6>());
    case Unary::exp:
      return f(std::integral_constant<Unary, Unary::exp>());
    case Unary::log:
      return f(std::integral_constant<Unary, Unary::log>());
    case Unary::sqrt:
      return f(std::integral_constant<Unary, Unary::sqrt>());
    case Unary::square:
      return f(std::integral_constant<Unary, Unary::square>());
    case Unary::abs:
      return f(std::integral_constant<Unary, Unary::abs>());
  }
}

template <class T>
P2S_HD T activate(Activation activation, T x) {
  if (activation == Activation::relu) return value<Unary::relu>(x);
  if (activation == Activation::relu6) return value<Unary::relu6>(x);
  return x;
}

}  // namespace p2s::functor

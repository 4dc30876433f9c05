#include "bench/peak_loops.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace p2s::bench {
namespace {

using Float8 = float __attribute__((vector_size(32)));
using Float16 = float __attribute__((vector_size(64)));

// Twelve sums hide a latency of four cycles behind two or three units.
template <class Vector>
[[gnu::always_inline]] inline double multiply_and_add(long rounds) {
  constexpr int kSums = 12;
  Vector sums[kSums] = {}, factor = {}, term = {};
  factor += 0.999f, term += 0.001f;
  for (long i = 0; i < rounds; ++i) {
#pragma GCC unroll 12
    for (Vector& sum : sums) sum = sum * factor + term;
#pragma GCC unroll 12
    for (Vector& sum : sums) asm volatile("" : "+x"(sum));
  }
  return 2.0 * kSums * double(sizeof(Vector) / sizeof(float));
}

double narrow_floats(long rounds) { return multiply_and_add<Float8>(rounds); }

#ifdef __x86_64__
[[gnu::target("avx512f")]] double wide_floats(long rounds) {
  constexpr int kSums = 12;
  Float16 sums[kSums] = {}, factor = {}, term = {};
  factor += 0.999f, term += 0.001f;
  for (long i = 0; i < rounds; ++i) {
#pragma GCC unroll 12
    for (Float16& sum : sums) sum = sum * factor + term;
#pragma GCC unroll 12
    for (Float16& sum : sums) asm volatile("" : "+v"(sum));
  }
  return 2.0 * kSums * double(sizeof(Float16) / sizeof(float));
}
#endif

}  // namespace

double float_operations(long rounds) {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f")) return wide_floats(rounds);
#endif
  return narrow_floats(rounds);
}

double byte_operations([[maybe_unused]] long rounds) {
#ifdef __AVX2__
  constexpr int kSums = 8;
  __m256i sums[kSums] = {};
  const __m256i bytes = _mm256_set1_epi8(1), ones = _mm256_set1_epi16(1);
  for (long i = 0; i < rounds; ++i) {
#pragma GCC unroll 8
    for (__m256i& sum : sums) {
      __m256i fresh = bytes;
      asm volatile("" : "+x"(fresh));
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(fresh, bytes), ones));
    }
  }
  for (__m256i& sum : sums) asm volatile("" : "+x"(sum));
  return 2.0 * kSums * double(sizeof(__m256i));
#else
  return 0;
#endif
}

}  // namespace p2s::bench

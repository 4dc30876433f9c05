#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "kernels/ref/ref.h"

namespace p2s::ref {
namespace {

struct Packed {
  int64_t k = 0, n = 0;
  Precision precision = Precision::fp32;
  std::vector<real> b;  // [k,n]
};

// To the nearest float without the last `bits` of its fraction, ties to even.
float without_last(int bits, float x) {
  const uint32_t all = std::bit_cast<uint32_t>(x), one = 1u << bits;
  const uint32_t rounded = (all + (one / 2 - 1) + ((all >> bits) & 1u)) & ~(one - 1);
  return x == x ? std::bit_cast<float>(rounded) : x;
}

double operand(real x, Precision precision) {
  if (precision == Precision::bf16) return double(without_last(16, float(x)));
  return precision == Precision::tf32 ? double(without_last(13, float(x))) : double(x);
}

void round_columns(Packed& packed) {
  for (int64_t j = 0; j < packed.n; ++j) {
    real largest = 0;
    const auto weight = [&](int64_t l) -> real& { return packed.b[size_t(l * packed.n + j)]; };
    for (int64_t l = 0; l < packed.k; ++l) largest = std::max(largest, std::abs(weight(l)));
    const real scale = largest / 127;
    for (int64_t l = 0; l < packed.k && scale > 0; ++l) {
      weight(l) = std::rint(weight(l) / scale) * scale;
    }
  }
}

void product(const Gemm& g, const real* a, const real* b, real* c) {
  for (int64_t i = 0; i < g.m; ++i) {
    for (int64_t j = 0; j < g.n; ++j) {
      double sum = 0;
      for (int64_t l = 0; l < g.k; ++l) {
        const real left = g.transpose_a ? a[l * g.lda + i] : a[i * g.lda + l];
        const real right = g.transpose_b ? b[j * g.ldb + l] : b[l * g.ldb + j];
        sum += operand(left, g.precision) * operand(right, g.precision);
      }
      real& y = c[i * g.ldc + j];
      const double old = g.beta == 0 ? 0.0 : double(g.beta) * double(y);
      y = real(sum + old + (g.bias ? double(g.bias[j]) : 0.0));
    }
  }
}

}  // namespace

void gemm(const Gemm& g) {
  for (int64_t i = 0; i < g.batch; ++i) {
    product(g, g.a + i * g.stride_a, g.b + i * g.stride_b, g.c + i * g.stride_c);
  }
}

PackedMatrix* pack(bool transpose_b, int64_t k, int64_t n, const real* b, int64_t ldb,
                   Precision precision) {
  auto* packed = new Packed{k, n, precision, std::vector<real>(size_t(k * n))};
  for (int64_t l = 0; l < k; ++l) {
    for (int64_t j = 0; j < n; ++j) {
      packed->b[size_t(l * n + j)] = transpose_b ? b[j * ldb + l] : b[l * ldb + j];
    }
  }
  if (precision == Precision::int8) round_columns(*packed);
  return reinterpret_cast<PackedMatrix*>(packed);
}

void free_packed(PackedMatrix* packed) { delete reinterpret_cast<Packed*>(packed); }

void gemm_packed(int64_t m, const real* a, int64_t lda, const PackedMatrix* packed, real* c,
                 int64_t ldc, real beta, const real* bias) {
  const auto& weight = *reinterpret_cast<const Packed*>(packed);
  gemm({.m = m,
        .n = weight.n,
        .k = weight.k,
        .a = a,
        .lda = lda,
        .b = weight.b.data(),
        .ldb = weight.n,
        .c = c,
        .ldc = ldc,
        .beta = beta,
        .bias = bias,
        .precision = weight.precision});
}

}  // namespace p2s::ref

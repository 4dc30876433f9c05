#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/kernels/compare.h"

namespace p2s {
namespace {

// A device may compute a product in more precision than bf16 where that is no slower.
double tolerance(Precision precision) {
  if (precision == Precision::bf16) return 1e-2;
  return precision == Precision::tf32 ? 2e-3 : 1e-5;
}

struct Sizes {
  int64_t m, n, k;
};
constexpr Sizes kSizes[] = {{1, 1, 1},   {3, 5, 7},    {1, 64, 40}, {17, 1, 33},
                            {33, 65, 9}, {40, 48, 64}, {5, 7, 300}, {5, 512, 9}};

void check_gemm(const Sizes& s, bool transpose_a, bool transpose_b, Precision precision) {
  // Rows in memory are longer than the matrices are wide.
  const int64_t lda = (transpose_a ? s.m : s.k) + 3, ldb = (transpose_b ? s.k : s.n) + 1,
                ldc = s.n + 2;
  for (real beta : {real(0), real(1), real(-0.5)}) {
    CAPTURE(beta);
    check_agrees(tolerance(precision), [&](Device device) {
      const Tensor a = random_tensor({(transpose_a ? s.k : s.m), lda}, device, 1);
      const Tensor b = random_tensor({(transpose_b ? s.n : s.k), ldb}, device, 2);
      const Tensor c = random_tensor({s.m, ldc}, device, 3);
      const Tensor bias = random_tensor({s.n}, device, 4);
      kernels(device).gemm({.transpose_a = transpose_a,
                            .transpose_b = transpose_b,
                            .m = s.m,
                            .n = s.n,
                            .k = s.k,
                            .a = a.data(),
                            .lda = lda,
                            .b = b.data(),
                            .ldb = ldb,
                            .c = c.data(),
                            .ldc = ldc,
                            .beta = beta,
                            .bias = beta == 1 ? nullptr : bias.data(),
                            .precision = precision});
      return std::vector<Tensor>{c};
    });
  }
}

void check_packed(const Sizes& s, bool transpose_b, Precision precision) {
  const int64_t ldb = (transpose_b ? s.k : s.n) + 1, lda = s.k + 2, ldc = s.n + 3;
  for (real beta : {real(0), real(1)}) {
    CAPTURE(beta);
    check_agrees(tolerance(precision), [&](Device device) {
      const Kernels& k = kernels(device);
      const Tensor a = random_tensor({s.m, lda}, device, 1);
      Tensor b = random_tensor({(transpose_b ? s.n : s.k), ldb}, device, 2);
      const Tensor c = random_tensor({s.m, ldc}, device, 3);
      PackedMatrix* packed = k.pack(transpose_b, s.k, s.n, b.data(), ldb, precision);
      // The packed weight is a copy.
      b.fill(0);
      const Tensor bias = random_tensor({s.n}, device, 4);
      k.gemm_packed(s.m, a.data(), lda, packed, c.data(), ldc, beta,
                    beta == 1 ? bias.data() : nullptr);
      k.free_packed(packed);
      return std::vector<Tensor>{c};
    });
  }
}

}  // namespace

TEST_CASE("gemm: transposes, long rows, beta") {
  for (const Sizes& s : kSizes) {
    for (bool transpose_a : {false, true}) {
      for (bool transpose_b : {false, true}) {
        CAPTURE(s.m);
        CAPTURE(s.n);
        CAPTURE(s.k);
        CAPTURE(transpose_a);
        CAPTURE(transpose_b);
        check_gemm(s, transpose_a, transpose_b, Precision::fp32);
        check_gemm(s, transpose_a, transpose_b, Precision::tf32);
        check_gemm(s, transpose_a, transpose_b, Precision::bf16);
      }
    }
  }
}

// More rows, and longer ones, than one lot of matrix tiles takes.
TEST_CASE("gemm: many rows of many numbers in bf16") {
  for (bool transpose_a : {false, true}) {
    for (bool transpose_b : {false, true}) {
      CAPTURE(transpose_a);
      CAPTURE(transpose_b);
      check_gemm({150, 70, 2100}, transpose_a, transpose_b, Precision::bf16);
    }
  }
}

TEST_CASE("gemm_packed: transposes, long rows, beta") {
  for (const Sizes& s : kSizes) {
    for (bool transpose_b : {false, true}) {
      CAPTURE(s.m);
      CAPTURE(s.n);
      CAPTURE(s.k);
      CAPTURE(transpose_b);
      check_packed(s, transpose_b, Precision::fp32);
      check_packed(s, transpose_b, Precision::tf32);
      check_packed(s, transpose_b, Precision::bf16);
    }
  }
}

// The rounding of A to 13 bits is the only difference. CUDA may pack int8 weights as floats.
TEST_CASE("gemm_packed: int8 weights agree with the reference's rounded ones") {
  for (const Sizes& s : {Sizes{1, 1, 1},
                         {1, 9, 64},
                         {2, 5, 33},
                         {3, 4, 7},
                         {8, 6, 100},
                         {50, 70, 300},
                         {130, 40, 70}}) {
    for (bool transpose_b : {false, true}) {
      for (real beta : {real(0), real(1)}) {
        CAPTURE(s.m);
        CAPTURE(s.k);
        CAPTURE(transpose_b);
        const auto product = [&](Device device) {
          const Tensor a = random_tensor({s.m, s.k + 2}, device, 1),
                       b = random_tensor({transpose_b ? s.n : s.k, (transpose_b ? s.k : s.n) + 1},
                                         device, 2),
                       c = random_tensor({s.m, s.n + 3}, device, 3),
                       bias = random_tensor({s.n}, device, 4);
          const Kernels& k = kernels(device);
          PackedMatrix* packed =
              k.pack(transpose_b, s.k, s.n, b.data(), b.shape()[1], Precision::int8);
          k.gemm_packed(s.m, a.data(), s.k + 2, packed, c.data(), s.n + 3, beta,
                        beta == 1 ? bias.data() : nullptr);
          k.free_packed(packed);
          return c.to_host();
        };
        const std::vector<real> truth = product(Device::ref), fast = product(Device::cpu);
        for (size_t i = 0; i < truth.size(); ++i) {
          REQUIRE(std::abs(fast[i] - truth[i]) < 1e-3 * std::sqrt(real(s.k)));
        }
      }
    }
  }
}

TEST_CASE("gemm_packed: int8 passes on what is not finite, in its row only") {
  for (const int64_t m : {2, 5}) {
    CAPTURE(m);
    const Tensor b({40, 3}, Device::cpu, real(1)), c({m, 3}, Device::cpu);
    std::vector<real> values(size_t(m * 40), 1);
    values[5] = std::numeric_limits<real>::infinity();
    const Tensor a({m, 40}, Device::cpu, values);
    const Kernels& k = kernels(Device::cpu);
    PackedMatrix* packed = k.pack(false, 40, 3, b.data(), 3, Precision::int8);
    k.gemm_packed(m, a.data(), 40, packed, c.data(), 3, 0, nullptr);
    k.free_packed(packed);
    const std::vector<real> result = c.to_host();
    for (size_t i = 0; i < 3; ++i) {
      CHECK(std::isnan(result[i]));
      for (size_t row = 1; row < size_t(m); ++row)
        CHECK(result[3 * row + i] == doctest::Approx(40));
    }
  }
}

TEST_CASE("gemm: a batch, and one matrix shared by the batch") {
  for (int64_t stride_b : {0, 20}) {
    CAPTURE(stride_b);
    check_agrees(tolerance(Precision::fp32), [&](Device device) {
      const Tensor a = random_tensor({3, 2, 4}, device, 1), b = random_tensor({3, 4, 5}, device, 2);
      const Tensor c({3, 2, 5}, device, real(0));
      kernels(device).gemm({.m = 2,
                            .n = 5,
                            .k = 4,
                            .a = a.data(),
                            .lda = 4,
                            .b = b.data(),
                            .ldb = 5,
                            .c = c.data(),
                            .ldc = 5,
                            .batch = 3,
                            .stride_a = 8,
                            .stride_b = stride_b,
                            .stride_c = 10});
      return std::vector<Tensor>{c};
    });
  }
}

// With beta 0 the old C is not read: it may hold anything.
TEST_CASE("gemm: beta 0 overwrites NaN") {
  std::vector<Device> devices = fast_devices();
  devices.push_back(Device::ref);
  for (Device device : devices) {
    CAPTURE(name(device));
    const Tensor a({2, 3}, device, real(1)), b({3, 2}, device, real(2));
    const Tensor c({2, 2}, device, real(NAN));
    const Kernels& k = kernels(device);
    k.gemm({.m = 2,
            .n = 2,
            .k = 3,
            .a = a.data(),
            .lda = 3,
            .b = b.data(),
            .ldb = 2,
            .c = c.data(),
            .ldc = 2});
    CHECK(c.to_host() == std::vector<real>(4, 6));
    PackedMatrix* packed = k.pack(false, 3, 2, b.data(), 2, Precision::fp32);
    c.fill(NAN);
    k.gemm_packed(2, a.data(), 3, packed, c.data(), 2, 0, nullptr);
    k.free_packed(packed);
    CHECK(c.to_host() == std::vector<real>(4, 6));
  }
}

// 1 + 2^-8 lies between two bfloat16 values and goes to the even one, 1; 1 + 3 * 2^-8 goes up. In
// TF32 it is 2^-11 that lies there.
TEST_CASE("gemm: the reference rounds operands to the nearest, ties to even") {
  const auto rounded = [](Precision precision, const std::vector<real>& values) {
    const Tensor a({3, 1}, Device::ref, values), b({1, 1}, Device::ref, real(1));
    const Tensor c({3, 1}, Device::ref);
    kernels(Device::ref)
        .gemm({.m = 3,
               .n = 1,
               .k = 1,
               .a = a.data(),
               .lda = 1,
               .b = b.data(),
               .ldb = 1,
               .c = c.data(),
               .ldc = 1,
               .precision = precision});
    return c.to_host();
  };
  CHECK(rounded(Precision::bf16, {1 + 0x1p-8f, 1 + 0x3p-8f, 1 + 0x1p-8f + 0x1p-20f}) ==
        std::vector<real>{1, 1 + 0x1p-6f, 1 + 0x1p-7f});
  CHECK(rounded(Precision::tf32, {1 + 0x1p-11f, 1 + 0x3p-11f, 1 + 0x1p-11f + 0x1p-20f}) ==
        std::vector<real>{1, 1 + 0x1p-9f, 1 + 0x1p-10f});
}

// Cutting bits off instead would make sums of positive numbers too small by about 2^-8.
TEST_CASE("gemm: bf16 is not biased") {
  check_agrees(1e-3, [](Device device) {
    const auto positive = [device](const Shape& shape, uint64_t seed) {
      std::vector<real> values = random_values(shape.elements(), seed);
      for (real& value : values) value = 1 + std::abs(value);
      return Tensor(shape, device, values);
    };
    const Tensor a = positive({16, 400}, 1), b = positive({400, 32}, 2), c({16, 32}, device);
    // The truth is the product without rounding.
    kernels(device).gemm({.m = 16,
                          .n = 32,
                          .k = 400,
                          .a = a.data(),
                          .lda = 400,
                          .b = b.data(),
                          .ldb = 32,
                          .c = c.data(),
                          .ldc = 32,
                          .precision = device == Device::ref ? Precision::fp32 : Precision::bf16});
    return std::vector<Tensor>{c};
  });
}

}  // namespace p2s

#include "nn/init.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

constexpr Device kDevice = Device::ref;

struct Moments {
  double mean = 0, deviation = 0, largest = 0;
};

Moments moments(const Var& var) {
  Moments m;
  const std::vector<real> values = var.value.to_host();
  double squares = 0;
  for (const real x : values) {
    m.mean += double(x) / double(values.size());
    squares += double(x) * double(x) / double(values.size());
    m.largest = std::max(m.largest, std::abs(double(x)));
  }
  m.deviation = std::sqrt(squares - m.mean * m.mean);
  return m;
}

}  // namespace

TEST_CASE("zeros and ones are parameters") {
  CHECK(zeros({3}, kDevice).value.to_host() == std::vector<real>(3, 0));
  CHECK(ones({3}, kDevice).value.to_host() == std::vector<real>(3, 1));
  CHECK(ones({3}, kDevice).wants_grad());
}

TEST_CASE("uniform fills its bound, normal has its deviation") {
  Rng rng(1);
  const Moments flat = moments(uniform({100, 100}, kDevice, rng, real(0.1)));
  CHECK(std::abs(flat.mean) < 0.003);
  CHECK(flat.deviation == doctest::Approx(0.1 / std::sqrt(3.0)).epsilon(0.03));
  CHECK(flat.largest <= 0.1);
  CHECK(flat.largest > 0.099);
  const Moments bell = moments(normal({100, 100}, kDevice, rng, 2));
  CHECK(std::abs(bell.mean) < 0.08);
  CHECK(bell.deviation == doctest::Approx(2).epsilon(0.03));
  CHECK(bell.largest > 5);
}

TEST_CASE("Xavier and He follow the fans, of matrices and of convolutions") {
  Rng rng(2);
  CHECK(moments(xavier({50, 100}, kDevice, rng)).largest ==
        doctest::Approx(std::sqrt(6.0 / 150)).epsilon(0.01));
  CHECK(moments(xavier({16, 3, 3, 8}, kDevice, rng)).largest ==
        doctest::Approx(std::sqrt(6.0 / (72 + 144))).epsilon(0.02));
  CHECK(moments(he({50, 100}, kDevice, rng)).deviation ==
        doctest::Approx(std::sqrt(2.0 / 50)).epsilon(0.04));
  CHECK(moments(he({64, 3, 3, 8}, kDevice, rng)).deviation ==
        doctest::Approx(std::sqrt(2.0 / 72)).epsilon(0.04));
  CHECK(contains(thrown_message(ErrorCode::shape, [&] { xavier({5}, kDevice, rng); }),
                 "xavier: [5]"));
}

TEST_CASE("orthogonal blocks keep lengths, and differ from block to block") {
  Rng rng(3);
  const int64_t n = 20, blocks = 3, columns = n * blocks;
  const std::vector<real> q = orthogonal({n, columns}, kDevice, rng).value.to_host();
  for (int64_t block = 0; block < blocks; ++block) {
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j < n; ++j) {
        double product = 0;
        for (int64_t c = 0; c < n; ++c) {
          product += double(q[size_t(i * columns + block * n + c)]) *
                     double(q[size_t(j * columns + block * n + c)]);
        }
        CHECK(product == doctest::Approx(i == j ? 1 : 0).epsilon(1e-5));
      }
    }
  }
  CHECK(q[0] != q[size_t(n)]);
}

TEST_CASE("orthogonal draws are uniform: no sign is favoured") {
  Rng rng(4);
  double first = 0, last = 0;
  const int draws = 400;
  for (int i = 0; i < draws; ++i) {
    const std::vector<real> q = orthogonal({3, 3}, kDevice, rng).value.to_host();
    first += double(q[0]) / draws;
    last += double(q[8]) / draws;
  }
  // Each entry has deviation 1 / sqrt(3); without the sign fix the means are near -0.5 and 0.5.
  CHECK(std::abs(first) < 0.12);
  CHECK(std::abs(last) < 0.12);
}

TEST_CASE("orthogonal needs square blocks") {
  Rng rng(5);
  CHECK(thrown_message(ErrorCode::shape, [&] {
          orthogonal({4, 6}, kDevice, rng);
        }) == "orthogonal: [4,6] is not [n, n * k]");
}

TEST_CASE("the same seed gives the same numbers") {
  Rng a(6), b(6), c(7);
  const auto draw = [](Rng& rng) { return normal({50}, kDevice, rng, 1).value.to_host(); };
  const std::vector<real> first = draw(a);
  CHECK(first == draw(b));
  CHECK(first != draw(c));
}

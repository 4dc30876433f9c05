#include "nn/base/half.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace p2s;

TEST_CASE("every half widens to its value and back to itself") {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const uint32_t exponent = (bits >> 10) & 31, mantissa = bits & 1023;
    const double sign = bits & 0x8000 ? -1 : 1;
    const float wide = float_from_half(uint16_t(bits));
    if (exponent == 31 && mantissa != 0) {
      REQUIRE(std::isnan(wide));
      continue;
    }
    const double expected = exponent == 31  ? std::numeric_limits<double>::infinity()
                            : exponent == 0 ? std::ldexp(mantissa, -24)
                                            : std::ldexp(1024 + mantissa, int(exponent) - 25);
    REQUIRE(double(wide) == sign * expected);
    REQUIRE(half_from_float(wide) == bits);
  }
}

TEST_CASE("between two halves the nearer is taken, in the middle the even one") {
  for (uint16_t bits = 0; bits < 0x7BFF; ++bits) {
    const float low = float_from_half(bits), high = float_from_half(uint16_t(bits + 1));
    const float middle = low + (high - low) / 2;
    REQUIRE(half_from_float(middle) == (bits % 2 == 0 ? bits : bits + 1));
    REQUIRE(half_from_float(std::nextafter(middle, 0.0f)) == bits);
    REQUIRE(half_from_float(std::nextafter(middle, 1e9f)) == bits + 1);
  }
}

TEST_CASE("what is too large becomes infinity, NaN stays NaN") {
  CHECK(half_from_float(65519.0f) == 0x7BFF);
  CHECK(half_from_float(65520.0f) == 0x7C00);
  CHECK(half_from_float(-1e30f) == 0xFC00);
  CHECK(half_from_float(1e-30f) == 0);
  CHECK(std::isnan(float_from_half(half_from_float(std::numeric_limits<float>::quiet_NaN()))));
}

#include "nn/base/rng.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace p2s;

TEST_CASE("philox gives the published numbers (Random123's known answers)") {
  using Block = std::array<uint32_t, 4>;
  CHECK(Philox::block(0, 0) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const uint64_t ones = ~uint64_t(0);
  CHECK(Philox::block(ones, ones, ones) == Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(Philox::block(0x299f31d0a4093822, 0x85a308d3243f6a88, 0x0370734413198a2e) ==
        Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a sequence is the blocks in order") {
  Rng rng(7, 3);
  for (uint64_t block = 0; block < 3; ++block) {
    for (uint32_t expected : Philox::block(7, block, 3)) CHECK(rng.next() == expected);
  }
}

TEST_CASE("a saved state goes on to the same numbers") {
  Rng rng(5);
  for (int i = 0; i < 13; ++i) rng.next();
  Rng copy(rng.state());
  for (int i = 0; i < 20; ++i) CHECK(copy.normal() == rng.normal());
}

TEST_CASE("seeds and streams differ") {
  CHECK(Rng(1).next() != Rng(2).next());
  CHECK(Rng(1, 0).next() != Rng(1, 1).next());
}

TEST_CASE("uniform numbers fill [0, 1)") {
  Rng rng(11);
  double sum = 0, squares = 0, least = 1, most = 0;
  const int n = 20000;
  for (int i = 0; i < n; ++i) {
    const double x = i % 2 == 0 ? double(rng.uniform()) : rng.uniform_double();
    sum += x, squares += x * x;
    least = std::min(least, x), most = std::max(most, x);
  }
  CHECK(least >= 0);
  CHECK(most < 1);
  CHECK(sum / n == doctest::Approx(0.5).epsilon(0.02));
  CHECK(squares / n == doctest::Approx(1.0 / 3).epsilon(0.03));
}

TEST_CASE("normal numbers have mean 0, variance 1 and the bell's tails") {
  Rng rng(12);
  double sum = 0, squares = 0;
  int within_one = 0;
  const int n = 20000;
  for (int i = 0; i < n; ++i) {
    const double x = rng.normal();
    sum += x, squares += x * x;
    within_one += std::abs(x) < 1 ? 1 : 0;
  }
  CHECK(std::abs(sum / n) < 0.03);
  CHECK(squares / n == doctest::Approx(1).epsilon(0.04));
  CHECK(within_one / double(n) == doctest::Approx(0.6827).epsilon(0.02));
}

TEST_CASE("below() draws every number equally often") {
  Rng rng(13);
  std::vector<int> counts(7);
  for (int i = 0; i < 14000; ++i) {
    const uint64_t x = rng.below(7);
    REQUIRE(x < 7);
    ++counts[x];
  }
  for (int count : counts) CHECK(std::abs(count - 2000) < 200);
  CHECK(rng.below(1) == 0);
  // A plain remainder would give the lower third of this range twice its share.
  const uint64_t third = uint64_t(1) << 62;
  int lower = 0;
  for (int i = 0; i < 6000; ++i) lower += rng.below(3 * third) < third ? 1 : 0;
  CHECK(std::abs(lower - 2000) < 200);
}

#include <doctest/doctest.h>

#include "nn/optim.h"

using namespace p2s;
using Kind = Schedule::Kind;

TEST_CASE("warm-up is linear from 0 for every kind") {
  for (Kind kind : {Kind::constant, Kind::step, Kind::cosine, Kind::inverse_sqrt}) {
    const Schedule schedule{.kind = kind, .warmup = 10, .period = 100, .total = 100};
    CHECK(schedule.at(0) == 0);
    CHECK(schedule.at(5) == doctest::Approx(0.5));
    CHECK(schedule.at(10) == doctest::Approx(1));
  }
}

TEST_CASE("constant stays at 1") {
  CHECK(Schedule{}.at(0) == 1);
  CHECK(Schedule{}.at(1000000) == 1);
}

TEST_CASE("step multiplies by its factor every period") {
  const Schedule schedule{.kind = Kind::step, .period = 10, .factor = 0.5};
  CHECK(schedule.at(9) == 1);
  CHECK(schedule.at(10) == doctest::Approx(0.5));
  CHECK(schedule.at(35) == doctest::Approx(0.125));
  CHECK(Schedule{.kind = Kind::step}.at(5) == 1);
}

TEST_CASE("cosine falls from 1 to its floor and stays there") {
  const Schedule schedule{.kind = Kind::cosine, .warmup = 20, .total = 120, .floor = 0.2};
  CHECK(schedule.at(20) == doctest::Approx(1));
  CHECK(schedule.at(70) == doctest::Approx(0.6));
  CHECK(schedule.at(120) == doctest::Approx(0.2));
  CHECK(schedule.at(500) == doctest::Approx(0.2));
}

TEST_CASE("inverse square root follows the warm-up") {
  const Schedule schedule{.kind = Kind::inverse_sqrt, .warmup = 100};
  CHECK(schedule.at(100) == doctest::Approx(1));
  CHECK(schedule.at(400) == doctest::Approx(0.5));
  CHECK(Schedule{.kind = Kind::inverse_sqrt}.at(16) == doctest::Approx(0.25));
}

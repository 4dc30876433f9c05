#include "nn/weight_average.h"

#include <doctest/doctest.h>

#include <cmath>

#include "nn/init.h"

namespace p2s::test {

TEST_CASE("a weight average is the mean of what it was given, and changes places with it") {
  const Var w = parameter(Tensor({2}, Device::ref, std::vector<real>{1, -3}));
  WeightAverage average({{"w", w}}, 0.9);
  w.value.kernels().fill(2, 5, Tensor(w.value).data());
  average.update(7);  // none of its steps
  average.update(8);
  const double kept = std::pow(9.0 / 18.0, 8);
  average.exchange();
  CHECK(w.value.to_host()[0] == doctest::Approx(kept * 1 + (1 - kept) * 5));
  CHECK(w.value.to_host()[1] == doctest::Approx(kept * -3 + (1 - kept) * 5));
  average.exchange();
  CHECK(w.value.to_host() == std::vector<real>{5, 5});
  const double before = kept * 1 + (1 - kept) * 5, long_run = std::pow(0.9, 8);
  w.value.kernels().fill(2, 2, Tensor(w.value).data());
  average.update(8'000);
  average.exchange();
  CHECK(w.value.to_host()[0] == doctest::Approx(long_run * before + (1 - long_run) * 2));
}

}  // namespace p2s::test

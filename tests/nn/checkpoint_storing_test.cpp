#include "nn/checkpoint_storing.h"

#include <doctest/doctest.h>

#include <vector>

using namespace p2s;
using namespace p2s::checkpoint;

TEST_CASE("bytes with a scale a row hold each row's largest number exactly") {
  const std::vector<real> numbers{1, -2, real(0.5), 0, 0, 0, 127, 64, -127};
  const Bytes bytes = quantize(numbers, 3, 3);
  CHECK(bytes.values == std::vector<int8_t>{64, -127, 32, 0, 0, 0, 127, 64, -127});
  std::vector<real> wide(9);
  widen_bytes(bytes, 3, wide.data());
  CHECK(wide[1] == doctest::Approx(-2));
  CHECK(wide[4] == 0);
  CHECK(wide[7] == doctest::Approx(64));
}

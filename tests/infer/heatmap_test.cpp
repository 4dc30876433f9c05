#include "infer/heatmap.h"

#include <doctest/doctest.h>

#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

Image grey(int64_t width, int64_t height) {
  return {width, height, std::vector<uint8_t>(size_t(width * height * 3), uint8_t(120))};
}

int brightness(const Image& image, int64_t x, int64_t y) {
  const uint8_t* pixel = &image.pixels[size_t(y * image.width + x) * 3];
  return pixel[0] + pixel[1] + pixel[2];
}

}  // namespace

TEST_CASE("a heatmap is bright and warm where the weights are, dark elsewhere") {
  std::vector<real> weights(12, real(0));
  weights[1 * 4 + 2] = 1;  // second row of three, third column of four
  const Image map = heatmap(grey(80, 60), weights, 3, 4);
  CHECK(map.width == 80);
  CHECK(map.height == 60);
  CHECK(brightness(map, 50, 30) > 330);
  CHECK(brightness(map, 5, 5) < 100);
  CHECK(brightness(map, 10, 30) < 100);
  const uint8_t* lit = &map.pixels[size_t(30 * 80 + 50) * 3];
  CHECK(lit[0] > lit[2]);
}

TEST_CASE("equal weights light the whole photograph alike") {
  const Image map = heatmap(grey(30, 20), std::vector<real>(49, real(1) / 49), 7, 7);
  for (int64_t x : {0, 15, 29}) CHECK(brightness(map, x, 10) == brightness(map, 15, 10));
}

TEST_CASE("weights that do not cover the grid are refused") {
  const auto made = [] { heatmap(grey(8, 8), std::vector<real>(5, real(0)), 2, 3); };
  CHECK(contains(thrown_message(ErrorCode::usage, made), "5 weights for 2 x 3"));
}

TEST_CASE("a photograph is shrunk to a side, with its proportions, and never enlarged") {
  CHECK(shrunk(grey(100, 50), 40).width == 40);
  CHECK(shrunk(grey(100, 50), 40).height == 20);
  CHECK(shrunk(grey(30, 20), 40).width == 30);
}

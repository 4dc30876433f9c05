#include "data/augment.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace p2s;

namespace {

// Red grows to the right, green downwards.
Image ramp() {
  Image image{64, 32, {}};
  for (int64_t y = 0; y < image.height; ++y) {
    for (int64_t x = 0; x < image.width; ++x) {
      image.pixels.insert(image.pixels.end(), {uint8_t(x * 4), uint8_t(y * 8), 100});
    }
  }
  return image;
}

Image view(const Augmentation& options, uint64_t seed) {
  Rng rng(seed);
  return augment(ramp(), 32, options, rng);
}

int span(const Image& image, size_t channel) {
  int low = 255, high = 0;
  for (size_t i = channel; i < image.pixels.size(); i += 3) {
    low = std::min(low, int(image.pixels[i])), high = std::max(high, int(image.pixels[i]));
  }
  return high - low;
}

}  // namespace

TEST_CASE("the same numbers give the same view, others another") {
  const Augmentation all;
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 8; ++seed) {
    CHECK(view(all, seed).pixels == view(all, seed).pixels);
    CHECK(view(all, seed).width == 32);
    const Image shown = view(all, seed);
    seen.insert({shown.pixels.begin(), shown.pixels.end()});
  }
  CHECK(seen.size() == 8);
  Rng a(1), b(1);
  augment(ramp(), 8, all, a);
  augment(ramp(), 8, {.least_area = 1, .flip = false, .colour = 0}, b);
  CHECK(a.key() == b.key());  // always equally many are drawn
}

TEST_CASE("without any change the view is the squashed photograph; flips are its mirror image") {
  const Image plain = squash(ramp(), 32);
  int mirrored = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    CHECK(view({.least_area = 1, .flip = false, .colour = 0}, seed).pixels == plain.pixels);
    const Image flipped = view({.least_area = 1, .flip = true, .colour = 0}, seed);
    if (flipped.pixels == plain.pixels) continue;
    ++mirrored;
    for (size_t x = 0; x < 32; ++x) {
      CHECK(flipped.pixels[x * 3] == plain.pixels[(31 - x) * 3]);
      CHECK(flipped.pixels[x * 3 + 1] == plain.pixels[(31 - x) * 3 + 1]);
    }
  }
  CHECK(mirrored > 8);
  CHECK(mirrored < 32);
}

TEST_CASE("crops hold at least the share of the area that was asked for") {
  const Image plain = squash(ramp(), 32);
  int smaller = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const Image crop = view({.least_area = 0.4, .flip = false, .colour = 0}, seed);
    const double area = double(span(crop, 0)) * span(crop, 1) / (span(plain, 0) * span(plain, 1));
    CHECK(area > 0.33);  // pixels are whole, and resizing rounds the ends
    smaller += area < 0.8;
  }
  CHECK(smaller > 15);
}

TEST_CASE("colours vary around the photograph's") {
  const Augmentation vary{.least_area = 1, .flip = false, .colour = 0.3};
  int brighter = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    double sum = 0;
    const Image image = view(vary, seed);
    for (uint8_t value : image.pixels) sum += value;
    const double mean = sum / double(image.pixels.size());
    CHECK(mean > 70);
    CHECK(mean < 160);
    brighter += mean > 117;
  }
  CHECK(brighter > 8);
  CHECK(brighter < 32);
}

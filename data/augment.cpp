#include "data/augment.h"

#include <algorithm>
#include <cmath>

namespace p2s {
namespace {

constexpr double kNarrowest = 3.0 / 4.0;

struct Part {
  int64_t left, top, width, height;
};

// A part of `area` of the image; an aspect that would not fit is cut back to the image's sides.
Part draw_part(const Image& image, double least_area, Rng& rng) {
  const double area = least_area + (1 - least_area) * rng.uniform();
  const double aspect = std::exp(std::log(kNarrowest) * (1 - 2 * double(rng.uniform())));
  const double width = std::min(1.0, std::sqrt(area * aspect)),
               height = std::min(1.0, std::sqrt(area / aspect));
  const double left = rng.uniform(), top = rng.uniform();
  const auto pixels = [](double share, int64_t all) {
    return std::clamp<int64_t>(std::llround(share * double(all)), 1, all);
  };
  Part part{0, 0, pixels(width, image.width), pixels(height, image.height)};
  part.left = std::llround(left * double(image.width - part.width));
  part.top = std::llround(top * double(image.height - part.height));
  return part;
}

Image cut(const Image& image, const Part& part) {
  Image result{part.width, part.height, {}};
  result.pixels.reserve(size_t(part.width * part.height) * 3);
  for (int64_t y = part.top; y < part.top + part.height; ++y) {
    const auto row = image.pixels.begin() + (y * image.width + part.left) * 3;
    result.pixels.insert(result.pixels.end(), row, row + part.width * 3);
  }
  return result;
}

void mirror(Image& image) {
  for (int64_t y = 0; y < image.height; ++y) {
    uint8_t* row = &image.pixels[size_t(y * image.width) * 3];
    for (int64_t x = 0; x < image.width / 2; ++x) {
      std::swap_ranges(row + x * 3, row + x * 3 + 3, row + (image.width - 1 - x) * 3);
    }
  }
}

// Rec. 601 luma.
float grey(const uint8_t* pixel) {
  return 0.299f * float(pixel[0]) + 0.587f * float(pixel[1]) + 0.114f * float(pixel[2]);
}

void vary_colour(Image& image, float brightness, float contrast, float saturation) {
  const size_t count = image.pixels.size() / 3;
  double sum = 0;
  for (size_t i = 0; i < count; ++i) sum += grey(&image.pixels[i * 3]);
  const float mean = brightness * float(sum / double(count));
  for (size_t i = 0; i < count; ++i) {
    uint8_t* pixel = &image.pixels[i * 3];
    const float luma = grey(pixel);
    for (int c = 0; c < 3; ++c) {
      const float saturated = brightness * (luma + saturation * (float(pixel[c]) - luma));
      const float value = mean + contrast * (saturated - mean);
      pixel[c] = uint8_t(std::clamp(value + 0.5f, 0.0f, 255.0f));
    }
  }
}

}  // namespace

Image augment(const Image& image, int64_t size, const Augmentation& options, Rng& rng) {
  const Part part = draw_part(image, options.least_area, rng);
  const bool flip = rng.uniform() < 0.5f;
  float factors[3];
  for (float& factor : factors) {
    factor = 1 + float(options.colour) * (2 * rng.uniform() - 1);
  }
  Image view = squash(options.least_area < 1 ? cut(image, part) : image, size);
  if (options.flip && flip) mirror(view);
  if (options.colour > 0) vary_colour(view, factors[0], factors[1], factors[2]);
  return view;
}

}  // namespace p2s

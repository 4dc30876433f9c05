#include "infer/heatmap.h"

#include <algorithm>
#include <cmath>

#include "nn/base/error.h"

namespace p2s {
namespace {

constexpr double kSpread = 0.5;  // deviation of the Gaussian, in places
constexpr double kDark = 0.25;   // what is left of a place that was not looked at
constexpr double kWarm[3] = {255, 170, 40}, kMostWarm = 0.35;

// [pixels, places]: how much each place counts at each pixel of a side; a pixel's sum to 1.
std::vector<double> shares(int64_t pixels, int64_t places) {
  std::vector<double> result(size_t(pixels * places));
  for (int64_t p = 0; p < pixels; ++p) {
    const double at = (double(p) + 0.5) / double(pixels) * double(places) - 0.5;
    double sum = 0;
    double* own = &result[size_t(p * places)];
    for (int64_t i = 0; i < places; ++i) {
      const double distance = (at - double(i)) / kSpread;
      sum += own[i] = std::exp(-distance * distance / 2);
    }
    for (int64_t i = 0; i < places; ++i) own[i] /= sum;
  }
  return result;
}

// The weights at every pixel, the largest 1.
std::vector<double> spread(const std::vector<real>& weights, int64_t rows, int64_t columns,
                           int64_t height, int64_t width) {
  const std::vector<double> across = shares(width, columns), down = shares(height, rows);
  std::vector<double> wide(size_t(rows * width), 0.0), all(size_t(height * width), 0.0);
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t x = 0; x < width; ++x) {
      for (int64_t c = 0; c < columns; ++c) {
        wide[size_t(r * width + x)] +=
            double(weights[size_t(r * columns + c)]) * across[size_t(x * columns + c)];
      }
    }
  }
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t x = 0; x < width; ++x) {
        all[size_t(y * width + x)] += down[size_t(y * rows + r)] * wide[size_t(r * width + x)];
      }
    }
  }
  const double largest = *std::max_element(all.begin(), all.end());
  if (largest > 0) {
    for (double& value : all) value /= largest;
  }
  return all;
}

}  // namespace

Image heatmap(const Image& photo, const std::vector<real>& weights, int64_t rows, int64_t columns) {
  check(int64_t(weights.size()) == rows * columns && photo.width > 0 && photo.height > 0,
        ErrorCode::usage, "heatmap: {} weights for {} x {} places of a picture of {} x {} pixels",
        weights.size(), rows, columns, photo.width, photo.height);
  const std::vector<double> light = spread(weights, rows, columns, photo.height, photo.width);
  Image result = photo;
  for (size_t pixel = 0; pixel < light.size(); ++pixel) {
    const double bright = kDark + (1 - kDark) * light[pixel];
    const double warm = kMostWarm * light[pixel] * light[pixel];
    for (size_t c = 0; c < 3; ++c) {
      uint8_t& value = result.pixels[pixel * 3 + c];
      value = uint8_t(std::lround((double(value) * (1 - warm) + kWarm[c] * warm) * bright));
    }
  }
  return result;
}

Image shrunk(const Image& photo, int64_t side) {
  const int64_t largest = std::max(photo.width, photo.height);
  if (largest <= side) return photo;
  const auto scaled = [&](int64_t length) { return std::max<int64_t>(1, length * side / largest); };
  return resize(photo, scaled(photo.width), scaled(photo.height));
}

}  // namespace p2s

#include "infer/photo_features.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "data/image.h"
#include "nn/base/error.h"
#include "nn/base/parallel.h"
#include "nn/base/progress.h"
#include "nn/base/signals.h"

namespace p2s {
namespace {

// Photographs of a batch, decoded side by side; unreadable ones leave a reason.
struct Batch {
  std::vector<float> pixels;
  std::vector<std::string> problems;
};

Batch read_batch(std::span<const std::filesystem::path> photos, int64_t size) {
  const auto numbers = size_t(size * size * 3);
  Batch batch{std::vector<float>(photos.size() * numbers), std::vector<std::string>(photos.size())};
  parallel_for(int64_t(photos.size()), 1, [&](int64_t begin, int64_t end) {
    for (auto i = size_t(begin); i < size_t(end); ++i) {
      try {
        to_floats(squash(read_image(photos[i]), size), &batch.pixels[i * numbers]);
      } catch (const std::exception& error) {
        batch.problems[i] = error.what();
      }
    }
  });
  return batch;
}

// The pixels of the readable ones, moved together.
std::vector<real> readable_pixels(const Batch& batch, size_t numbers) {
  std::vector<real> pixels;
  pixels.reserve(batch.pixels.size());
  for (size_t i = 0; i < batch.problems.size(); ++i) {
    if (!batch.problems[i].empty()) continue;
    const auto begin = batch.pixels.begin() + std::ptrdiff_t(i * numbers);
    pixels.insert(pixels.end(), begin, begin + std::ptrdiff_t(numbers));
  }
  return pixels;
}

}  // namespace

std::vector<int64_t> feature_shape(const ConvNet& convnet, const std::string& layer) {
  if (layer.empty()) return {convnet.features()};
  const Shape shape = convnet.layer_shape(layer);
  if (shape[1] == 1 && shape[2] == 1) return {shape[3]};
  return {shape[1], shape[2], shape[3]};
}

void each_photo_features(const ConvNet& convnet, const std::string& layer,
                         const std::vector<std::filesystem::path>& photos, int64_t batch,
                         const std::function<void(const PhotoFeatures&)>& sink) {
  const int64_t size = convnet.input();
  const auto count = int64_t(photos.size());
  Progress progress("photographs", count);
  int64_t unreadable = 0;
  for (int64_t begin = 0; begin < count; begin += batch) {
    throw_if_stopped();
    const auto some =
        std::span(photos).subspan(size_t(begin), size_t(std::min(batch, count - begin)));
    const Batch read = read_batch(some, size);
    PhotoFeatures features;
    for (size_t i = 0; i < some.size(); ++i) {
      if (read.problems[i].empty()) {
        features.names.push_back(some[i].string());
      } else {
        ++unreadable;
        spdlog::warn("photograph left out: {}", read.problems[i]);
      }
    }
    if (!features.names.empty()) {
      Tape tape(convnet.device());
      const Tensor images({int64_t(features.names.size()), size, size, 3}, convnet.device(),
                          readable_pixels(read, size_t(size * size * 3)));
      const Var y = layer.empty() ? convnet(tape, images) : convnet.layer(tape, images, layer);
      features.numbers = y.value.to_host();
      sink(features);
    }
    progress.update(begin + int64_t(some.size()));
  }
  check(unreadable < count, ErrorCode::format, "none of {} photographs can be read", count);
}

}  // namespace p2s

#include "infer/photo_features.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "data/photo_files.h"
#include "features/photo_pixels.h"
#include "nn/base/error.h"
#include "nn/base/progress.h"
#include "nn/base/signals.h"

namespace p2s {

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
    ReadPhotos read = read_photos(some, size);
    PhotoFeatures features;
    std::vector<Image> readable;
    for (size_t i = 0; i < some.size(); ++i) {
      if (read.problems[i].empty()) {
        features.names.push_back(some[i].string());
        readable.push_back(std::move(read.photos[i]));
      } else {
        ++unreadable;
        spdlog::warn("photograph left out: {}", read.problems[i]);
      }
    }
    if (!readable.empty()) {
      Tape tape(convnet.device());
      const Tensor images = photo_pixels(readable, size, convnet.device());
      const Var y = layer.empty() ? convnet(tape, images) : convnet.layer(tape, images, layer);
      features.numbers = y.value.to_host();
      sink(features);
    }
    progress.update(begin + int64_t(some.size()));
  }
  check(unreadable < count, ErrorCode::format, "none of {} photographs can be read", count);
}

}  // namespace p2s

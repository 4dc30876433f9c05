#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "models/convnet.h"

namespace p2s {

struct PhotoFeatures {
  std::vector<std::string> names;  // of the photographs that could be read
  std::vector<real> numbers;       // theirs, a row each
};

// Runs photographs through a layer ("": up to the pooled vector), `batch` at once, in their order,
// and hands each batch to `sink`. Unreadable ones are left out: each is a warning; all of them,
// Error(format). Ctrl-C stops between batches.
void each_photo_features(const ConvNet& convnet, const std::string& layer,
                         const std::vector<std::filesystem::path>& photos, int64_t batch,
                         const std::function<void(const PhotoFeatures&)>& sink);

// Sizes of one photograph's numbers: [F], or [H,W,C] of a layer that is an image.
std::vector<int64_t> feature_shape(const ConvNet& convnet, const std::string& layer);

}  // namespace p2s

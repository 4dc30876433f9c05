#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "models/convnet.h"

namespace p2s {

// Pooled features of photographs. Unreadable ones have no row.
struct ImageFeatures {
  Tensor features;           // [rows, features()], on the convnet's device
  std::vector<int64_t> row;  // of each path, in order; -1: unreadable
};

// Decodes, squashes and runs `convnet` in batches; features that an earlier run has stored under
// the same network and image content are taken from the cache (FeatureCache), new ones are added
// to it as the work goes on. Unreadable images are skipped: the first few by name and reason, then
// their number, as warnings; none left is Error(format). `progress(done, of)` is called after each
// batch and may throw: what was computed is saved first.
ImageFeatures image_features(ConvNet& convnet, const std::vector<std::filesystem::path>& paths,
                             const std::function<void(int64_t, int64_t)>& progress = {},
                             const std::filesystem::path& cache_folder = {});

}  // namespace p2s

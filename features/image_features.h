#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "data/feature_cache.h"
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

// A layer's outputs for photographs. Those that were computed stay in the cache's file, which is
// mapped: they may be more than fits into memory.
class ImageMaps {
 public:
  Shape shape;               // of one: [1,H,W,C]
  std::vector<int64_t> row;  // of each path, in order; -1: unreadable
  ImageMaps() = default;
  // Of numbers [images, shape.elements()] that came from elsewhere.
  ImageMaps(const Shape& shape, const Tensor& numbers);
  int64_t images() const { return int64_t(maps_.size()); }
  // [count, H*W, C] on the convnet's device.
  Tensor of(const std::vector<int64_t>& rows) const;
  // These rows only; `row` is left empty.
  ImageMaps part(const std::vector<int64_t>& rows) const;
  uint64_t fingerprint() const;  // of network, layer and images

 private:
  friend class Extraction;
  Device device_ = Device::ref;
  uint64_t key_ = 0;
  std::vector<const float*> maps_;  // of each row
  std::vector<uint64_t> hashes_;    // of each row's image, or of its map
  std::shared_ptr<const void> owner_;
};
// As image_features() makes them. Error(usage) if the network has no such layer.
ImageMaps image_maps(ConvNet& convnet, const std::string& layer,
                     const std::vector<std::filesystem::path>& paths,
                     const std::function<void(int64_t, int64_t)>& progress = {},
                     const std::filesystem::path& cache_folder = {});

}  // namespace p2s

#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "data/augment.h"
#include "models/convnet.h"

namespace p2s {

// A photograph as a network sees it: squashed, or, where `draw` is given, augmented by the random
// numbers of that key.
struct PhotoView {
  std::filesystem::path photograph;
  std::optional<uint64_t> draw;
};
// What a convnet's first `layers` layers make of them, [N,H,W,C], without gradient; the pixels for
// 0 layers. Error(io/format) names a photograph that cannot be read.
Tensor layer_inputs(const ConvNet& convnet, size_t layers, const std::vector<PhotoView>& views,
                    const Augmentation& augmentation = {});

// The same, computed once for many photographs and kept in memory in half precision: where the
// first layers are not trained, every step and epoch takes them from here.
class KeptLayerInputs {
 public:
  KeptLayerInputs() = default;
  KeptLayerInputs(const ConvNet& convnet, size_t layers, const std::vector<PhotoView>& views,
                  const Augmentation& augmentation = {});
  int64_t count() const { return count_; }
  Tensor at(const std::vector<int64_t>& places) const;  // of the constructor's views

 private:
  Device device_ = Device::ref;
  int64_t count_ = 0;
  Shape shape_;  // of one: [1,H,W,C]
  std::vector<uint16_t> halves_;
};

}  // namespace p2s

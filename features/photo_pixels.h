#pragma once

#include <vector>

#include "data/image.h"
#include "nn/tensor.h"

namespace p2s {

// Photographs as a convnet takes them, each squashed to size x size: [N,size,size,3].
Tensor photo_pixels(const std::vector<Image>& photos, int64_t size, Device device);

}  // namespace p2s

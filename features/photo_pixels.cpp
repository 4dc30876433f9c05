#include "features/photo_pixels.h"

#include "nn/base/parallel.h"

namespace p2s {

Tensor photo_pixels(const std::vector<Image>& photos, int64_t size, Device device) {
  const auto count = int64_t(photos.size()), each = size * size * 3;
  std::vector<real> pixels(size_t(count * each));
  parallel_for(count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      to_floats(squash(photos[size_t(i)], size), &pixels[size_t(i * each)]);
    }
  });
  return Tensor({count, size, size, 3}, device, pixels);
}

}  // namespace p2s

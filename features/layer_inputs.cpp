#include "features/layer_inputs.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>

#include "data/image.h"
#include "features/photo_pixels.h"
#include "nn/base/error.h"
#include "nn/base/half.h"
#include "nn/base/parallel.h"
#include "nn/base/progress.h"
#include "nn/base/signals.h"
#include "nn/checkpoint_storing.h"

namespace p2s {
namespace {

constexpr size_t kBatch = 16;

Image image_of(const PhotoView& view, int64_t size, const Augmentation& augmentation) {
  const Image image = read_image(view.photograph);
  if (!view.draw) return squash(image, size);
  Rng rng(*view.draw);
  return augment(image, size, augmentation, rng);
}

// Images of views, decoded side by side. The first problem by place is thrown, so that which one
// it is does not depend on the threads.
Tensor images_of(const std::vector<PhotoView>& views, int64_t size, Device device,
                 const Augmentation& augmentation) {
  std::vector<Image> images(views.size());
  std::vector<std::exception_ptr> problems(views.size());
  parallel_for(int64_t(views.size()), 1, [&](int64_t begin, int64_t end) {
    for (auto i = size_t(begin); i < size_t(end); ++i) {
      try {
        images[i] = image_of(views[i], size, augmentation);
      } catch (...) {
        problems[i] = std::current_exception();
      }
    }
  });
  for (const std::exception_ptr& problem : problems) {
    if (problem) std::rethrow_exception(problem);
  }
  return photo_pixels(images, size, device);
}

}  // namespace

Tensor layer_inputs(const ConvNet& convnet, size_t layers, const std::vector<PhotoView>& views,
                    const Augmentation& augmentation) {
  const Tensor images = images_of(views, convnet.input(), convnet.device(), augmentation);
  if (layers == 0) return images;
  Tape tape(convnet.device());
  return convnet.run(tape, images, 0, layers).value;
}

KeptLayerInputs::KeptLayerInputs(const ConvNet& convnet, size_t layers,
                                 const std::vector<PhotoView>& views,
                                 const Augmentation& augmentation)
    : device_(convnet.device()), count_(int64_t(views.size())) {
  Progress progress("views", count_);
  for (size_t begin = 0; begin < views.size(); begin += kBatch) {
    throw_if_stopped();
    const size_t end = std::min(views.size(), begin + kBatch);
    const Tensor batch = layer_inputs(
        convnet, layers,
        {views.begin() + std::ptrdiff_t(begin), views.begin() + std::ptrdiff_t(end)}, augmentation);
    if (begin == 0) {
      shape_ = batch.shape().with(0, 1);
      halves_.resize(size_t(count_ * shape_.elements()));
      spdlog::info("{} views of {} numbers are kept: {:.0f} MB of memory", count_,
                   shape_.elements(), double(halves_.size() * sizeof(uint16_t)) / 1e6);
    }
    const std::vector<uint16_t> halves = checkpoint::to_halves(batch.to_host());
    std::ranges::copy(halves, halves_.begin() + std::ptrdiff_t(begin) * shape_.elements());
    progress.update(int64_t(end));
  }
}

Tensor KeptLayerInputs::at(const std::vector<int64_t>& places) const {
  const auto each = size_t(shape_.elements());
  std::vector<real> numbers(places.size() * each);
  parallel_for(int64_t(places.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const uint16_t* from = &halves_[size_t(places[size_t(i)]) * each];
      real* to = &numbers[size_t(i) * each];
      for (size_t k = 0; k < each; ++k) to[k] = real(float_from_half(from[k]));
    }
  });
  return Tensor(shape_.with(0, int64_t(places.size())), device_, numbers);
}

}  // namespace p2s

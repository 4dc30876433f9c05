#include "train/vse_batches.h"

namespace p2s {
namespace {

constexpr uint64_t kCaptionChoice = 0x63617074;  // a stream of random numbers of its own

std::vector<std::vector<int64_t>> captions_by_image(const CaptionedFeatures& data) {
  std::vector<std::vector<int64_t>> result(size_t(data.images()));
  for (size_t c = 0; c < data.image.size(); ++c) {
    result[size_t(data.image[c])].push_back(int64_t(c));
  }
  return result;
}

// Photographs are all alike; captions are batched by their length.
std::vector<int32_t> lengths(const CaptionedFeatures& data, int64_t each) {
  return each > 0 ? std::vector<int32_t>(size_t(data.images()), 1) : data.lengths();
}

}  // namespace

VseBatches::VseBatches(const CaptionedFeatures& data, int64_t batch, int64_t captions_per_photo,
                       int64_t seed)
    : data_(data),
      each_(captions_per_photo),
      seed_(seed),
      captions_of_(captions_by_image(data)),
      batches_(lengths(data, captions_per_photo), batch, seed) {}

VseBatch VseBatches::at(int64_t step) {
  const std::vector<int64_t> drawn = batches_.at(step);
  if (each_ == 0) return {data_.images_of(drawn), drawn};
  VseBatch batch;
  std::vector<uint64_t> first;
  Rng rng(uint64_t(seed_) ^ kCaptionChoice, uint64_t(step));
  for (int64_t image : drawn) {
    batch.images.push_back(int32_t(image));
    first.push_back(rng.below(captions_of_[size_t(image)].size()));
  }
  for (uint64_t k = 0; k < uint64_t(each_); ++k) {
    for (size_t i = 0; i < drawn.size(); ++i) {
      const std::vector<int64_t>& own = captions_of_[size_t(drawn[i])];
      batch.captions.push_back(own[(first[i] + k) % own.size()]);
    }
  }
  return batch;
}

}  // namespace p2s

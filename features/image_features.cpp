#include "features/image_features.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <utility>

#include "data/feature_cache.h"
#include "data/image.h"
#include "features/photo_pixels.h"
#include "nn/base/error.h"
#include "nn/base/parallel.h"
#include "nn/base/signals.h"
#include "nn/optim.h"

namespace p2s {
namespace {

constexpr int64_t kBatch = 16;
constexpr int64_t kNamed = 3;  // so many unreadable images are named, then only counted
// Saving rewrites the cache's file: only when so many new vectors are worth it.
constexpr int64_t kSaveEvery = 2048;
// Goes into the cache's key: raise it when pixels reach the network in another way.
constexpr uint64_t kPreprocessing = 1;

// `layer` empty: the pooled features.
uint64_t cache_key(ConvNet& convnet, const std::string& layer) {
  uint64_t hash = content_hash(layer.data(), layer.size(), kPreprocessing);
  if (layer.empty()) hash = kPreprocessing;
  for (const NamedParameter& p : parameters_of(convnet)) {
    const std::vector<real> values = p.var.value.to_host();
    hash = content_hash(values.data(), values.size() * sizeof(real), hash);
  }
  return hash;
}

// One path on its way: known from the cache, decoded, or unreadable.
struct Item {
  uint64_t hash = 0;
  bool known = false;
  Image image;
  std::string problem;
};

ConvNet packed(ConvNet convnet) {
  convnet.pack();
  return convnet;
}

}  // namespace

class Extraction {
 public:
  Extraction(ConvNet& convnet, std::string layer, const std::vector<std::filesystem::path>& paths,
             const std::filesystem::path& folder)
      : convnet_(packed(convnet)),
        layer_(std::move(layer)),
        paths_(paths),
        size_(convnet.input()),
        width_(layer_.empty() ? convnet.features() : convnet.layer_shape(layer_).elements()),
        key_(cache_key(convnet, layer_)),
        cache_(std::make_shared<FeatureCache>(key_, width_, folder)),
        hashes_(paths.size()),
        usable_(paths.size(), false) {}

  // Paths [begin, begin + kBatch).
  void batch(int64_t begin) {
    const int64_t count = std::min(kBatch, int64_t(paths_.size()) - begin);
    std::vector<Item> items(size_t(count), Item{});
    parallel_for(count, 1, [&](int64_t from, int64_t to) {
      for (int64_t i = from; i < to; ++i) items[size_t(i)] = read(paths_[size_t(begin + i)]);
    });
    for (int64_t i = 0; i < count; ++i) {
      const Item& item = items[size_t(i)];
      hashes_[size_t(begin + i)] = item.hash;
      usable_[size_t(begin + i)] = item.problem.empty();
      if (!item.problem.empty() && ++unreadable_ <= kNamed) {
        spdlog::warn("image skipped: {}", item.problem);
      }
    }
    compute(items);
    if (cache_->unsaved() >= std::max(kSaveEvery, cache_->size() / 4)) save();
  }

  // The cache is a convenience: work goes on where it cannot be written.
  void save() {
    if (save_failed_) return;
    try {
      cache_->save();
    } catch (const Error& error) {
      save_failed_ = true;
      spdlog::warn("features are not kept for the next run: {}", error.what());
    }
  }

  ImageFeatures features() {
    ImageFeatures result;
    result.row = finish();
    const int64_t rows = std::ranges::count(usable_, true);
    std::vector<real> numbers;
    numbers.reserve(size_t(rows * width_));
    for (uint64_t hash : usable_hashes()) {
      const std::span<const float> vector = *cache_->find(hash);
      numbers.insert(numbers.end(), vector.begin(), vector.end());
    }
    result.features = Tensor({rows, width_}, convnet_.device(), numbers);
    return result;
  }

  ImageMaps maps() {
    ImageMaps result;
    result.shape = convnet_.layer_shape(layer_);
    result.row = finish();
    result.device_ = convnet_.device();
    result.key_ = key_;
    result.hashes_ = usable_hashes();
    for (uint64_t hash : result.hashes_) result.maps_.push_back(cache_->find(hash)->data());
    result.owner_ = cache_;
    return result;
  }

 private:
  // The row of each path.
  std::vector<int64_t> finish() {
    save();
    if (unreadable_ > kNamed) spdlog::warn("images skipped: {} in all", unreadable_);
    check(std::ranges::count(usable_, true) > 0, ErrorCode::format,
          "none of {} images can be read, {} for one; mend the files", paths_.size(),
          paths_.empty() ? std::string("no path") : paths_[0].string());
    std::vector<int64_t> rows;
    int64_t row = 0;
    for (const bool usable : usable_) rows.push_back(usable ? row++ : -1);
    return rows;
  }

  std::vector<uint64_t> usable_hashes() const {
    std::vector<uint64_t> result;
    for (size_t i = 0; i < paths_.size(); ++i) {
      if (usable_[i]) result.push_back(hashes_[i]);
    }
    return result;
  }

  Item read(const std::filesystem::path& path) const {
    Item item;
    try {
      const std::string bytes = read_image_file(path);
      item.hash = content_hash(bytes.data(), bytes.size());
      item.known = cache_->find(item.hash).has_value();
      if (item.known) return item;
      item.image = squash(decode_image(bytes, path.string()), size_);
    } catch (const std::exception& error) {
      item.problem = error.what();
    }
    return item;
  }

  // Features of the items that are neither known nor unreadable.
  void compute(std::vector<Item>& items) {
    std::vector<uint64_t> hashes;
    std::vector<Image> photos;
    for (Item& item : items) {
      if (item.known || !item.problem.empty()) continue;
      hashes.push_back(item.hash);
      photos.push_back(std::move(item.image));
    }
    if (hashes.empty()) return;
    const Device device = convnet_.device();
    const auto width = size_t(width_);
    Tape tape(device);
    const Tensor images = photo_pixels(photos, size_, device);
    const Var made = layer_.empty() ? convnet_(tape, images) : convnet_.layer(tape, images, layer_);
    const std::vector<real> features = made.value.to_host();
    for (size_t i = 0; i < hashes.size(); ++i) {
      cache_->add(hashes[i], std::span(features).subspan(i * width, width));
    }
  }

  const ConvNet convnet_;
  const std::string layer_;
  const std::vector<std::filesystem::path>& paths_;
  const int64_t size_;   // height and width of an image
  const int64_t width_;  // numbers made of it
  const uint64_t key_;
  std::shared_ptr<FeatureCache> cache_;
  std::vector<uint64_t> hashes_;
  std::vector<bool> usable_;
  int64_t unreadable_ = 0;
  bool save_failed_ = false;
};

namespace {

void run(Extraction& extraction, int64_t count,
         const std::function<void(int64_t, int64_t)>& progress) {
  try {
    for (int64_t begin = 0; begin < count; begin += kBatch) {
      throw_if_stopped();
      extraction.batch(begin);
      if (progress) progress(std::min(begin + kBatch, count), count);
    }
  } catch (...) {
    extraction.save();
    throw;
  }
}

}  // namespace

ImageFeatures image_features(ConvNet& convnet, const std::vector<std::filesystem::path>& paths,
                             const std::function<void(int64_t, int64_t)>& progress,
                             const std::filesystem::path& cache_folder) {
  Extraction extraction(convnet, "", paths, cache_folder);
  run(extraction, int64_t(paths.size()), progress);
  return extraction.features();
}

ImageMaps image_maps(ConvNet& convnet, const std::string& layer,
                     const std::vector<std::filesystem::path>& paths,
                     const std::function<void(int64_t, int64_t)>& progress,
                     const std::filesystem::path& cache_folder) {
  Extraction extraction(convnet, layer, paths, cache_folder);
  run(extraction, int64_t(paths.size()), progress);
  return extraction.maps();
}

ImageMaps::ImageMaps(const Shape& shape_of_one, const Tensor& numbers)
    : shape(shape_of_one), device_(numbers.device()) {
  const std::vector<real> all = numbers.to_host();
  const auto held = std::make_shared<const std::vector<float>>(all.begin(), all.end());
  const auto width = size_t(shape.elements());
  for (size_t at = 0; at < held->size(); at += width) {
    maps_.push_back(held->data() + at);
    hashes_.push_back(content_hash(maps_.back(), width * sizeof(float)));
  }
  owner_ = held;
}

Tensor ImageMaps::of(const std::vector<int64_t>& rows) const {
  const auto count = int64_t(rows.size());
  const int64_t places = shape[1] * shape[2], width = shape.elements();
  std::vector<real> numbers(size_t(count * width));
  parallel_for(count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      std::copy_n(maps_[size_t(rows[size_t(i)])], width, numbers.begin() + i * width);
    }
  });
  return Tensor({count, places, shape[3]}, device_, numbers);
}

ImageMaps ImageMaps::part(const std::vector<int64_t>& rows) const {
  ImageMaps result = *this;
  result.row.clear();
  result.maps_.clear(), result.hashes_.clear();
  for (int64_t row : rows) {
    result.maps_.push_back(maps_[size_t(row)]);
    result.hashes_.push_back(hashes_[size_t(row)]);
  }
  return result;
}

uint64_t ImageMaps::fingerprint() const {
  return content_hash(hashes_.data(), hashes_.size() * sizeof(uint64_t), key_);
}

}  // namespace p2s

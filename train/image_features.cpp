#include "train/image_features.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <utility>

#include "data/feature_cache.h"
#include "data/image.h"
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

uint64_t cache_key(ConvNet& convnet) {
  uint64_t hash = kPreprocessing;
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
  std::string problem;
};

class Extraction {
 public:
  Extraction(ConvNet& convnet, const std::vector<std::filesystem::path>& paths,
             const std::filesystem::path& folder)
      : convnet_(convnet),
        paths_(paths),
        size_(convnet.input()),
        numbers_(size_ * size_ * 3),
        cache_(cache_key(convnet), convnet.features(), folder),
        hashes_(paths.size()),
        usable_(paths.size(), false) {}

  // Paths [begin, begin + kBatch).
  void batch(int64_t begin) {
    const int64_t count = std::min(kBatch, int64_t(paths_.size()) - begin);
    std::vector<Item> items(size_t(count), Item{});
    std::vector<real> pixels(size_t(count * numbers_));
    parallel_for(count, 1, [&](int64_t from, int64_t to) {
      for (int64_t i = from; i < to; ++i) {
        items[size_t(i)] = read(paths_[size_t(begin + i)], &pixels[size_t(i * numbers_)]);
      }
    });
    for (int64_t i = 0; i < count; ++i) {
      const Item& item = items[size_t(i)];
      hashes_[size_t(begin + i)] = item.hash;
      usable_[size_t(begin + i)] = item.problem.empty();
      if (!item.problem.empty() && ++unreadable_ <= kNamed) {
        spdlog::warn("image skipped: {}", item.problem);
      }
    }
    compute(items, pixels);
    if (cache_.unsaved() >= std::max(kSaveEvery, cache_.size() / 4)) save();
  }

  // The cache is a convenience: work goes on where it cannot be written.
  void save() {
    if (save_failed_) return;
    try {
      cache_.save();
    } catch (const Error& error) {
      save_failed_ = true;
      spdlog::warn("features are not kept for the next run: {}", error.what());
    }
  }

  ImageFeatures finish() {
    save();
    if (unreadable_ > kNamed) spdlog::warn("images skipped: {} in all", unreadable_);
    const int64_t rows = std::ranges::count(usable_, true);
    check(rows > 0, ErrorCode::format, "none of {} images can be read, {} for one; mend the files",
          paths_.size(), paths_.empty() ? std::string("no path") : paths_[0].string());
    ImageFeatures result;
    std::vector<real> numbers;
    numbers.reserve(size_t(rows * convnet_.features()));
    int64_t row = 0;
    for (size_t i = 0; i < paths_.size(); ++i) {
      result.row.push_back(usable_[i] ? row++ : -1);
      if (!usable_[i]) continue;
      const std::span<const float> vector = *cache_.find(hashes_[i]);
      numbers.insert(numbers.end(), vector.begin(), vector.end());
    }
    result.features = Tensor({rows, convnet_.features()}, convnet_.device(), numbers);
    return result;
  }

 private:
  Item read(const std::filesystem::path& path, real* pixels) const {
    Item item;
    try {
      const std::string bytes = read_image_file(path);
      item.hash = content_hash(bytes.data(), bytes.size());
      item.known = cache_.find(item.hash).has_value();
      if (item.known) return item;
      to_floats(squash(decode_image(bytes, path.string()), size_), pixels);
    } catch (const std::exception& error) {
      item.problem = error.what();
    }
    return item;
  }

  // Features of the items that are neither known nor unreadable; their pixels are moved together.
  void compute(const std::vector<Item>& items, std::vector<real>& pixels) {
    std::vector<uint64_t> hashes;
    for (size_t i = 0; i < items.size(); ++i) {
      if (items[i].known || !items[i].problem.empty()) continue;
      if (i != hashes.size()) {
        std::copy_n(&pixels[i * size_t(numbers_)], numbers_,
                    &pixels[hashes.size() * size_t(numbers_)]);
      }
      hashes.push_back(items[i].hash);
    }
    if (hashes.empty()) return;
    const int64_t count = int64_t(hashes.size());
    const auto width = size_t(convnet_.features());
    const Device device = convnet_.device();
    Tape tape(device);
    const Tensor images({count, size_, size_, 3}, device,
                        std::span(pixels).first(size_t(count * numbers_)));
    const std::vector<real> features = convnet_(tape, images).value.to_host();
    for (size_t i = 0; i < hashes.size(); ++i) {
      cache_.add(hashes[i], std::span(features).subspan(i * width, width));
    }
  }

  ConvNet& convnet_;
  const std::vector<std::filesystem::path>& paths_;
  const int64_t size_, numbers_;  // of an image: height and width, and all of it
  FeatureCache cache_;
  std::vector<uint64_t> hashes_;
  std::vector<bool> usable_;
  int64_t unreadable_ = 0;
  bool save_failed_ = false;
};

}  // namespace

ImageFeatures image_features(ConvNet& convnet, const std::vector<std::filesystem::path>& paths,
                             const std::function<void(int64_t, int64_t)>& progress,
                             const std::filesystem::path& cache_folder) {
  Extraction extraction(convnet, paths, cache_folder);
  const int64_t count = int64_t(paths.size());
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
  return extraction.finish();
}

}  // namespace p2s

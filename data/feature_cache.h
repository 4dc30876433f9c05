#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "nn/base/files.h"

namespace p2s {

// Vectors of images, kept on disk so that the second run starts at once: image content hash ->
// `width` floats. `key` stands for all that the vectors depend on beside the image (network,
// preprocessing). One file a key, memory-mapped; a file that is damaged or of another version is
// reported, ignored and replaced. The file: a header of 64 bytes (feature_cache.cpp), the images'
// hashes in rising order, their vectors in the same order.
class FeatureCache {
 public:
  // `folder` empty: cache_folder().
  FeatureCache(uint64_t key, int64_t width, const std::filesystem::path& folder = {});

  // Valid until save().
  std::optional<std::span<const float>> find(uint64_t image) const;
  // Kept in memory until save(); Error(internal) unless there are `width` numbers.
  void add(uint64_t image, std::span<const float> vector);
  // Writes the file anew, atomically, with what other processes have saved meanwhile.
  void save();
  int64_t size() const { return int64_t(stored_.images.size() + fresh_.size()); }
  int64_t unsaved() const { return int64_t(fresh_.size()); }
  const std::filesystem::path& path() const { return path_; }

 private:
  // A valid file's content; nothing for none.
  struct Stored {
    MappedFile file;
    std::span<const uint64_t> images;  // sorted
    const float* vectors = nullptr;    // in the order of `images`
  };
  Stored load() const;
  const float* vector(const Stored& stored, uint64_t image) const;

  std::filesystem::path path_;
  uint64_t key_;
  int64_t width_;
  Stored stored_;
  std::unordered_map<uint64_t, std::vector<float>> fresh_;
};

}  // namespace p2s

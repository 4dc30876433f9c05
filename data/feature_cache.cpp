#include "data/feature_cache.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "nn/base/error.h"

namespace p2s {
namespace {

struct Header {
  char magic[8] = {'p', '2', 's', '-', 'f', 'e', 'a', 't'};
  uint32_t version = 1;
  uint32_t width = 0;
  uint64_t key = 0;
  uint64_t count = 0;
  uint64_t checksum = 0;
  uint64_t unused[3] = {};
};
static_assert(sizeof(Header) == 64);

// Row by row, so that the writer needs no copy of the whole.
class Checksum {
 public:
  void add(const void* bytes, size_t size) { value_ = content_hash(bytes, size, value_); }
  uint64_t value() const { return value_; }

 private:
  uint64_t value_ = 0;
};

}  // namespace

FeatureCache::FeatureCache(uint64_t key, int64_t width, const std::filesystem::path& folder)
    : path_((folder.empty() ? cache_folder() : folder) /
            fmt::format("image-features-{:016x}.bin", key)),
      key_(key),
      width_(width),
      stored_(load()) {}

FeatureCache::Stored FeatureCache::load() const {
  std::error_code ignored;
  if (!fs::is_regular_file(path_, ignored)) return {};
  Stored stored;
  stored.file = MappedFile(path_);
  const std::span<const char> bytes = stored.file.bytes();
  const size_t row = size_t(width_) * sizeof(float);
  Header header;
  const Header expected{.width = uint32_t(width_), .key = key_};
  const auto refused = [&](const char* why) {
    spdlog::warn("{}: {}; it is made anew", path_.string(), why);
    return Stored{};
  };
  if (bytes.size() < sizeof header) return refused("cut short");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(&header, &expected, offsetof(Header, count)) != 0) {
    return refused("no feature cache of this version");
  }
  const size_t entry = sizeof(uint64_t) + row;
  if (header.count != (bytes.size() - sizeof header) / entry ||
      (bytes.size() - sizeof header) % entry != 0) {
    return refused("cut short");
  }
  const size_t count = size_t(header.count);
  stored.images = {reinterpret_cast<const uint64_t*>(bytes.data() + sizeof header), count};
  stored.vectors = reinterpret_cast<const float*>(stored.images.data() + count);
  Checksum checksum;
  checksum.add(stored.images.data(), stored.images.size_bytes());
  for (size_t i = 0; i < count; ++i) checksum.add(stored.vectors + i * size_t(width_), row);
  if (checksum.value() != header.checksum) return refused("damaged");
  return stored;
}

const float* FeatureCache::vector(const Stored& stored, uint64_t image) const {
  const auto found = std::ranges::lower_bound(stored.images, image);
  if (found == stored.images.end() || *found != image) return nullptr;
  return stored.vectors + (found - stored.images.begin()) * width_;
}

std::optional<std::span<const float>> FeatureCache::find(uint64_t image) const {
  const auto fresh = fresh_.find(image);
  if (fresh != fresh_.end()) return std::span<const float>(fresh->second);
  if (const float* found = vector(stored_, image)) return std::span(found, size_t(width_));
  return std::nullopt;
}

void FeatureCache::add(uint64_t image, std::span<const float> vector) {
  check(int64_t(vector.size()) == width_, ErrorCode::internal,
        "feature cache: a vector of {} numbers, {} are kept", vector.size(), width_);
  if (!find(image)) fresh_.emplace(image, std::vector<float>(vector.begin(), vector.end()));
}

void FeatureCache::save() {
  if (fresh_.empty()) return;
  const Stored on_disk = load();
  std::vector<uint64_t> images(on_disk.images.begin(), on_disk.images.end());
  for (const auto& [image, vector] : fresh_) images.push_back(image);
  std::ranges::sort(images);
  images.erase(std::ranges::unique(images).begin(), images.end());

  const size_t row = size_t(width_) * sizeof(float);
  const auto vector_of = [&](uint64_t image) {
    const float* stored = vector(on_disk, image);
    return reinterpret_cast<const char*>(stored ? stored : fresh_.at(image).data());
  };
  Checksum checksum;
  checksum.add(images.data(), images.size() * sizeof(uint64_t));
  for (uint64_t image : images) checksum.add(vector_of(image), row);
  const Header header{
      .width = uint32_t(width_), .key = key_, .count = images.size(), .checksum = checksum.value()};
  write_atomically(path_, [&](const fs::path& temporary) {
    errno = 0;
    std::ofstream out(temporary, std::ios::binary);
    out.write(reinterpret_cast<const char*>(&header), sizeof header);
    out.write(reinterpret_cast<const char*>(images.data()),
              std::streamsize(images.size() * sizeof(uint64_t)));
    for (uint64_t image : images) out.write(vector_of(image), std::streamsize(row));
    out.close();
    check(bool(out), ErrorCode::io, "{}: cannot write: {}", path_.string(), std::strerror(errno));
  });
  stored_ = load();
  fresh_.clear();
}

}  // namespace p2s

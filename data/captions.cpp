#include "data/captions.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <unordered_map>

#include "data/captions_json.h"
#include "data/image_folders.h"
#include "nn/base/error.h"
#include "nn/base/files.h"

namespace p2s {
namespace {

constexpr int64_t kNamed = 3;  // so many are named one by one, then only counted

bool blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

// Counts, and names the first few on stderr.
class Skipped {
 public:
  Skipped(const fs::path& file, const char* what) : file_(file), what_(what) {}
  ~Skipped() {
    if (count_ > kNamed) {
      spdlog::warn("{}: {} skipped: {} in all", file_.string(), what_, count_);
    }
  }
  template <class Name>
  void operator()(const Name& name) {
    if (++count_ <= kNamed) spdlog::warn("{}: {} skipped: {}", file_.string(), what_, name);
  }
  int64_t count() const { return count_; }

 private:
  const fs::path& file_;
  const char* what_;
  int64_t count_ = 0;
};

constexpr int64_t kNotFound = -1;

// Fills set.images with those found; each id's index there, or kNotFound.
std::unordered_map<int64_t, int64_t> find_images(const fs::path& json, CaptionFile& file,
                                                 CaptionSet& set) {
  std::unordered_map<int64_t, int64_t> index;
  ImageFolders folders(json);
  Skipped missing(json, "image that is nowhere near it");
  for (CaptionFile::Image& image : file.images) {
    const auto [entry, fresh] = index.emplace(image.id, kNotFound);
    check(fresh, ErrorCode::format, "{}: images: id {} stands twice; ids must differ",
          json.string(), image.id);
    fs::path path = folders.find(image.file_name);
    if (path.empty()) {
      missing(image.file_name);
      continue;
    }
    entry->second = int64_t(set.images.size());
    set.images.push_back({image.id, std::move(path), std::move(image.file_name)});
  }
  set.missing_images = missing.count();
  return index;
}

bool is_json(const fs::path& path, const char* stem) {
  return path.extension() == ".json" && path.filename().string().starts_with(stem);
}

void collect(const fs::path& folder, CaptionSplit& split) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    if (is_json(entry.path(), "captions_train")) split.train.push_back(entry.path());
    if (is_json(entry.path(), "captions_val")) split.validation.push_back(entry.path());
  }
}

}  // namespace

CaptionSet read_captions(const std::filesystem::path& json) {
  CaptionFile file = parse_captions(json);
  CaptionSet set;
  const auto index = find_images(json, file, set);
  Skipped orphans(json, "annotation of an image that the file does not list");
  Skipped empty(json, "empty caption");
  for (CaptionFile::Annotation& annotation : file.annotations) {
    const auto image = index.find(annotation.image_id);
    if (image == index.end()) {
      orphans(fmt::format("image_id {}", annotation.image_id));
    } else if (blank(annotation.caption)) {
      empty(fmt::format("image_id {}", annotation.image_id));
    } else if (image->second != kNotFound) {
      set.captions.push_back({image->second, std::move(annotation.caption)});
    }
  }
  set.orphans = orphans.count();
  set.empty_captions = empty.count();
  check(!set.images.empty(), ErrorCode::format,
        "{}: none of its {} images was found; put them into a folder images/ beside it",
        json.string(), file.images.size());
  check(!set.captions.empty(), ErrorCode::format,
        "{}: no caption of its {} images can be used; is it COCO's caption layout?", json.string(),
        set.images.size());
  return set;
}

CaptionSplit find_captions(const std::filesystem::path& path) {
  CaptionSplit split;
  if (!fs::is_directory(path)) {
    require_file(path);
    split.train.push_back(path);
    return split;
  }
  try {
    collect(path, split);
    for (const auto& entry : fs::directory_iterator(path)) {
      if (entry.is_directory()) collect(entry.path(), split);
    }
  } catch (const fs::filesystem_error& error) {
    fail(ErrorCode::io, "{}: cannot be listed: {}", path.string(), error.code().message());
  }
  check(!split.train.empty(), ErrorCode::io,
        "{}: no captions_train*.json in it or right below it; give COCO's caption layout",
        path.string());
  std::ranges::sort(split.train);
  std::ranges::sort(split.validation);
  return split;
}

}  // namespace p2s

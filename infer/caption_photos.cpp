#include "infer/caption_photos.h"

#include <algorithm>

#include "data/captions.h"
#include "nn/base/error.h"
#include "nn/base/files.h"
#include "nn/base/parallel.h"

namespace p2s {
namespace {

std::string ending(const fs::path& path) {
  std::string text = path.extension().string();
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  return text;
}

bool is_photo(const fs::path& path) {
  static constexpr const char* kEndings[] = {".jpg", ".jpeg", ".png", ".bmp", ".gif"};
  return std::find(std::begin(kEndings), std::end(kEndings), ending(path)) != std::end(kEndings);
}

std::vector<PhotoFile> photos_in(const fs::path& folder) {
  std::vector<PhotoFile> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file() && is_photo(entry.path())) files.push_back({entry.path()});
  }
  std::sort(files.begin(), files.end(),
            [](const PhotoFile& a, const PhotoFile& b) { return a.path < b.path; });
  check(!files.empty(), ErrorCode::io, "{}: no photograph in this folder (JPEG, PNG, BMP or GIF)",
        folder.string());
  return files;
}

}  // namespace

std::vector<PhotoFile> list_photos(const std::vector<fs::path>& given) {
  std::vector<PhotoFile> files;
  for (const fs::path& path : given) {
    if (fs::is_directory(path)) {
      const std::vector<PhotoFile> found = photos_in(path);
      files.insert(files.end(), found.begin(), found.end());
    } else if (ending(path) == ".json") {
      for (const CaptionedImage& image : read_captions(path).images) {
        files.push_back({image.path, image.id});
      }
    } else {
      require_file(path);
      files.push_back({path});
    }
  }
  return files;
}

ReadPhotos read_photos(const std::vector<PhotoFile>& files, size_t begin, size_t end) {
  ReadPhotos read{std::vector<Image>(end - begin), std::vector<std::string>(end - begin)};
  parallel_for(int64_t(end - begin), 1, [&](int64_t from, int64_t to) {
    for (auto i = size_t(from); i < size_t(to); ++i) {
      try {
        read.photos[i] = read_image(files[begin + i].path);
      } catch (const std::exception& error) {
        read.problems[i] = error.what();
      }
    }
  });
  return read;
}

}  // namespace p2s

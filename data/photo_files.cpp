#include "data/photo_files.h"

#include <algorithm>
#include <array>
#include <utility>

#include "nn/base/error.h"
#include "nn/base/files.h"
#include "nn/base/parallel.h"

namespace p2s {
namespace {

bool is_image_name(const fs::path& path) {
  static constexpr std::array kEndings{".jpg", ".jpeg", ".png", ".bmp", ".gif"};
  std::string ending = path.extension().string();
  for (char& c : ending) c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  return std::ranges::find(kEndings, ending) != kEndings.end();
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->is_regular_file() && is_image_name(it->path())) files.push_back(it->path());
  }
  check(!error, ErrorCode::io, "{}: cannot be read: {}", folder.string(), error.message());
  check(!files.empty(), ErrorCode::io, "{}: no photograph in this folder (JPEG, PNG, BMP or GIF)",
        folder.string());
  std::ranges::sort(files);
  return files;
}

}  // namespace

std::vector<fs::path> photo_files(const std::vector<fs::path>& given) {
  std::vector<fs::path> files;
  for (const fs::path& path : given) {
    if (fs::is_directory(path)) {
      const std::vector<fs::path> found = files_in(path);
      files.insert(files.end(), found.begin(), found.end());
    } else {
      require_file(path);
      files.push_back(path);
    }
  }
  return files;
}

ReadPhotos read_photos(std::span<const fs::path> files, int64_t size) {
  ReadPhotos read{std::vector<Image>(files.size()), std::vector<std::string>(files.size())};
  parallel_for(int64_t(files.size()), 1, [&](int64_t begin, int64_t end) {
    for (auto i = size_t(begin); i < size_t(end); ++i) {
      try {
        Image photo = read_image(files[i]);
        read.photos[i] = size > 0 ? squash(photo, size) : std::move(photo);
      } catch (const std::exception& error) {
        read.problems[i] = error.what();
      }
    }
  });
  return read;
}

}  // namespace p2s

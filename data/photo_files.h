#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "data/image.h"

namespace p2s {

// Photographs as a person names them: files as they are, and for a folder its image files (JPEG,
// PNG, BMP, GIF by name) sorted by name, those of folders in it not among them. Error(io) names
// what is missing and a folder without any.
std::vector<std::filesystem::path> photo_files(const std::vector<std::filesystem::path>& given);

// Photographs decoded side by side, and squashed to size x size where `size` is above 0; an
// unreadable one is an empty picture and its problem.
struct ReadPhotos {
  std::vector<Image> photos;
  std::vector<std::string> problems;
};
ReadPhotos read_photos(std::span<const std::filesystem::path> files, int64_t size = 0);

}  // namespace p2s

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/image.h"

namespace p2s {

// A photograph to caption.
struct PhotoFile {
  std::filesystem::path path;
  int64_t id = -1;  // in the COCO caption file that named it; -1: none did
};

// Files as they are given, those of a folder (JPEG, PNG, BMP, GIF by their names' endings) by name,
// those of a COCO caption file in its order. Error(io) for what is not there, and for a folder
// without a photograph.
std::vector<PhotoFile> list_photos(const std::vector<std::filesystem::path>& given);

// Some of them, decoded side by side; an unreadable one is an empty picture and its problem.
struct ReadPhotos {
  std::vector<Image> photos;
  std::vector<std::string> problems;
};
ReadPhotos read_photos(const std::vector<PhotoFile>& files, size_t begin, size_t end);

}  // namespace p2s

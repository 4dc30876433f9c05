#pragma once

#include <filesystem>
#include <string>
#include <vector>

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

}  // namespace p2s

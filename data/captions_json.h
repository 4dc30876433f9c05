#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace p2s {

// What a COCO caption file says, unchecked against itself or the disk.
struct CaptionFile {
  struct Image {
    int64_t id = 0;
    std::string file_name;
  };
  struct Annotation {
    int64_t image_id = 0;
    std::string caption;
  };
  std::vector<Image> images;
  std::vector<Annotation> annotations;
};

// Streams through the file: only the members above stay in memory. Error(format) names the file,
// the byte and the member.
CaptionFile parse_captions(const std::filesystem::path& json);

}  // namespace p2s

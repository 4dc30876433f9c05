#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace p2s {

// Finds image files by name near a caption file: in its folder, in images/ there, in any folder
// below, and in the folders beside its own (COCO: annotations/ beside train2017/). Folders are
// listed once, and only when a name is not in the first two; the last that helped is asked first.
class ImageFolders {
 public:
  explicit ImageFolders(const std::filesystem::path& caption_file);
  // Empty if there is none.
  std::filesystem::path find(const std::string& file_name);

 private:
  void list_all();
  std::filesystem::path home_;
  std::vector<std::filesystem::path> folders_;
  size_t last_ = 0;
  bool listed_ = false;
};

}  // namespace p2s

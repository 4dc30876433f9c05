#include "data/image_folders.h"

#include <algorithm>

namespace p2s {
namespace {

namespace fs = std::filesystem;

constexpr auto kSkipUnreadable = fs::directory_options::skip_permission_denied;

template <class Iterator>
void append_folders(const fs::path& root, std::vector<fs::path>& folders) {
  std::error_code error;
  std::vector<fs::path> found;
  for (Iterator it(root, kSkipUnreadable, error), end; !error && it != end; it.increment(error)) {
    std::error_code unreadable;
    if (it->is_directory(unreadable)) found.push_back(it->path());
  }
  std::ranges::sort(found);
  folders.insert(folders.end(), found.begin(), found.end());
}

}  // namespace

ImageFolders::ImageFolders(const fs::path& caption_file)
    : home_(caption_file.has_parent_path() ? caption_file.parent_path() : fs::path(".")),
      folders_{home_, home_ / "images"} {}

void ImageFolders::list_all() {
  listed_ = true;
  append_folders<fs::recursive_directory_iterator>(home_, folders_);
  append_folders<fs::directory_iterator>(home_ / "..", folders_);
}

fs::path ImageFolders::find(const std::string& file_name) {
  const auto there = [&](size_t folder) {
    std::error_code ignored;
    return fs::is_regular_file(folders_[folder] / file_name, ignored);
  };
  if (there(last_)) return folders_[last_] / file_name;
  for (size_t i = 0;; ++i) {
    if (i == folders_.size() && !listed_) list_all();
    if (i >= folders_.size()) return {};
    if (there(i)) {
      last_ = i;
      return folders_[i] / file_name;
    }
  }
}

}  // namespace p2s

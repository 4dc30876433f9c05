#include "infer/caption_photos.h"

#include "data/captions.h"
#include "data/photo_files.h"
#include "data/vocabulary.h"

namespace p2s {

std::vector<PhotoFile> list_photos(const std::vector<std::filesystem::path>& given) {
  std::vector<PhotoFile> files;
  for (const std::filesystem::path& path : given) {
    const bool captions = lower_case(path.extension().string()) == ".json";
    if (captions && !std::filesystem::is_directory(path)) {
      for (const CaptionedImage& image : read_captions(path).images) {
        files.push_back({image.path, image.id});
      }
    } else {
      for (const std::filesystem::path& photo : photo_files({path})) files.push_back({photo});
    }
  }
  return files;
}

}  // namespace p2s

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace p2s {

struct CaptionedImage {
  int64_t id = 0;
  std::filesystem::path path;  // where the image is
  std::string file_name;
};
struct Caption {
  int64_t image = 0;  // index into images
  std::string text;
};

// A COCO caption file, read by a streaming (SAX) parser: {"images":[{"id","file_name"}],
// "annotations":[{"image_id","caption"}]}; other members are passed over. Images are looked for in
// the JSON's folder, in images/ and in any folder beside or under it that has a file of that name.
// Missing images (with their captions), empty captions and annotations without an image are
// counted, reported in one line each (by name, first few) and left out. Error(format) names file
// and place (byte, member) for broken JSON or wrong types; no usable image left is Error(format).
struct CaptionSet {
  std::vector<CaptionedImage> images;
  std::vector<Caption> captions;
  int64_t missing_images = 0, empty_captions = 0, orphans = 0;
};
CaptionSet read_captions(const std::filesystem::path& json);

// A JSON file (which is then all training), or a folder: captions_train*.json and
// captions_val*.json in it or right below it, sorted. Error(io) if a folder has no file to train
// on.
struct CaptionSplit {
  std::vector<std::filesystem::path> train, validation;
};
CaptionSplit find_captions(const std::filesystem::path& path);

}  // namespace p2s

#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace p2s {

// Captions by image, without the images: what evaluations compare.
struct ImageCaption {
  std::string image;  // image_id; a number is written in decimal
  std::string text;
};

// A COCO caption file ({"annotations": [...]}) or result file ([...]) of entries with "image_id" (a
// whole number or a text) and "caption"; other members are passed over, one entry at a time.
// Error(format) names the file and the place; no entry at all is one.
std::vector<ImageCaption> read_image_captions(const std::filesystem::path& json);

}  // namespace p2s

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/caption_search.h"
#include "nn/compute.h"

namespace p2s {

// What p2s-caption was asked to do.
struct CaptionOptions {
  std::vector<std::filesystem::path> photos;  // files, folders, COCO caption files
  std::filesystem::path pack;                 // empty: default_pack()
  std::filesystem::path captioner, convnet;   // instead of the pack's
  std::filesystem::path heatmaps;             // a folder; empty: none
  std::filesystem::path results;              // COCO's result file; empty: none
  CaptionSearch search;
  bool json = false;
  ComputeOptions compute = {};
  std::string help;
};
CaptionOptions parse_caption_options(const std::vector<std::string>& arguments);

}  // namespace p2s

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "infer/story.h"
#include "nn/compute.h"

namespace p2s {

// What p2s-generate was asked to do.
struct GenerateOptions {
  std::vector<std::filesystem::path> photos;
  std::filesystem::path pack;  // empty: default_pack()
  StoryOptions story;
  bool json = false, explain = false;
  bool list_genres = false;  // --genre help
  ComputeOptions compute = {};
  std::string help;  // not empty: print this and do nothing else
};

// Arguments without the program's name. Error(usage) names the flag, what it got and what it takes.
GenerateOptions parse_generate_options(const std::vector<std::string>& arguments);

}  // namespace p2s

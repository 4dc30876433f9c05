#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "infer/story.h"
#include "nn/compute.h"

namespace p2s {

// What p2s-eval stories was asked to do.
struct EvalStoriesOptions {
  std::filesystem::path photos;   // a folder, or a COCO caption file
  std::filesystem::path pack;     // empty: default_pack()
  std::filesystem::path vse;      // a VSE model file; empty: no recall by it
  std::filesystem::path convnet;  // that it was trained with; empty: its own, else the pack's
  std::filesystem::path corpus;   // books by genre; empty: no recognition of genres by words
  int64_t skip = 0, limit = 100;  // photographs, in order
  StoryOptions story;             // its genre is not used: all are told
  std::filesystem::path stories;  // where to write them as JSON lines; empty: nowhere
  ComputeOptions compute = {};
  std::string help;
};
EvalStoriesOptions parse_eval_stories_options(const std::vector<std::string>& arguments);

}  // namespace p2s

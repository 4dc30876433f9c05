#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "metrics/caption_scores.h"

namespace p2s {

// Scores of the captions in `candidates` (COCO's result format) against those that people wrote in
// `references` (COCO's caption format). Error(usage) names an image that has no or two candidates,
// or no references. Images with references only are left out, as COCO's evaluation does; how many
// there are is a warning.
CaptionScores evaluate_captions(const std::filesystem::path& references,
                                const std::filesystem::path& candidates);

// p2s-eval captions
void eval_captions_command(const std::vector<std::string>& arguments, std::ostream& out);

}  // namespace p2s

#pragma once

#include <cstdint>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "infer/joint_models.h"
#include "metrics/recall.h"

namespace p2s {

struct VseEvaluation {
  int64_t photographs = 0, captions = 0, folds = 1;
  BothWays recall;
};

// Every photograph of `coco` (a caption file; of a folder its captions_val*.json, or else those to
// train on) looks for its captions among all, and every caption for its photograph. `fold` > 0:
// within folds of so many photographs, whose figures are averaged.
VseEvaluation evaluate_vse(JointModels& models, const std::filesystem::path& coco, int64_t fold);

// p2s-eval vse
void eval_vse_command(const std::vector<std::string>& arguments, std::ostream& out);

}  // namespace p2s

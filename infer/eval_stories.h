#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "infer/eval_stories_options.h"

namespace p2s {

// Tells and measures; the figures as one JSON object on one line. What could not be
// measured is null.
std::string evaluate_stories(const EvalStoriesOptions& options);

// p2s-eval stories
void eval_stories_command(const std::vector<std::string>& arguments, std::ostream& out);

}  // namespace p2s

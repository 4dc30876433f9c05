#pragma once

#include <string>

#include "infer/eval_options.h"

namespace p2s {

// p2s-eval: tells and measures; the figures as one JSON object on one line. What could not be
// measured is null.
std::string run_evaluation(const EvalOptions& options);

}  // namespace p2s

#pragma once

#include "metrics/scored_caption.h"

namespace p2s {

// ROUGE-L (Lin 2004), the mean over captions of (1 + b^2) P R / (R + b^2 P), b = 1.2: P and R are
// the longest common subsequence over the candidate's and the reference's length, each the largest
// over the references, as COCO's evaluation takes them.
double rouge_l(ScoredCaptions captions);

}  // namespace p2s

#pragma once

#include <array>

#include "metrics/ngrams.h"
#include "metrics/scored_caption.h"

namespace p2s {

// BLEU-1 to 4 of all captions together (Papineni et al. 2002), as COCO's evaluation computes it:
// BLEU-n = brevity * (prod_{k<=n} matches_k / ngrams_k)^(1/n), a match counted at most as often as
// in the reference that has it most; brevity = exp(1 - r/c) where the candidates' length c is below
// r, the sum of the reference lengths that are closest to each (the shorter of two as close).
std::array<double, kLongestNgram> bleu(ScoredCaptions captions);

}  // namespace p2s

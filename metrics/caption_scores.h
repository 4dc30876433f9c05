#pragma once

#include <array>
#include <cstdint>

#include "metrics/ngrams.h"
#include "metrics/scored_caption.h"

namespace p2s {

// All that is said of a set of captions; each score's header has its formula.
struct CaptionScores {
  std::array<double, kLongestNgram> bleu = {};
  double rouge_l = 0, cider = 0, cider_d = 0, meteor = 0;
  // Diversity: different captions, different words, words and two words over all.
  int64_t captions = 0, distinct_captions = 0, vocabulary = 0;
  double mean_length = 0, distinct_1 = 0, distinct_2 = 0;
};
CaptionScores score_captions(ScoredCaptions captions);

}  // namespace p2s

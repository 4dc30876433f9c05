#pragma once

#include <cstdint>
#include <vector>

#include "data/vocabulary.h"
#include "metrics/cider.h"
#include "train/captioner_data.h"

namespace p2s {

// Rewards of self-critical training (Rennie et al. 2017) on CIDEr-D, <eos> counting as a word so
// that captions learn to end well.
class CaptionRewards {
 public:
  // Document frequencies are those of all photographs' captions.
  explicit CaptionRewards(const CaptionedMaps& data);
  // captions[i], ids that end with <eos> unless cut off, belongs to photograph images[i / each].
  // Its reward less the mean of the photograph's others (Luo 2020: a better baseline than the
  // greedy caption, and one search less).
  std::vector<real> advantages(const std::vector<int64_t>& images,
                               const std::vector<std::vector<int32_t>>& captions, int64_t each,
                               const Vocabulary& vocabulary) const;

 private:
  std::vector<ScoredCaption> references_;  // of each photograph
  CiderScorer score_;
};

}  // namespace p2s

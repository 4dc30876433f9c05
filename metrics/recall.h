#pragma once

#include <cstdint>
#include <vector>

#include "nn/base/real.h"

namespace p2s {

// Retrieval between photographs and their captions (Hodosh et al. 2013): recall at 1, 5 and 10 in
// percent, and the median and mean rank, counted from 1.
struct Recall {
  double at1 = 0, at5 = 0, at10 = 0, median_rank = 0, mean_rank = 0;
};
Recall recall_of(std::vector<int64_t> ranks);

// scores [images, captions]; `image` of each caption. From a photograph the best-ranked of its
// captions counts; from a caption its one photograph. Equal scores rank behind.
struct BothWays {
  Recall to_caption, to_image;
  double sum() const;  // of the six recalls: chooses the best model
};
BothWays recall_both_ways(const std::vector<real>& scores, const std::vector<int32_t>& image);

// The mean of the figures over folds of `fold` consecutive images with their captions, each fold
// searched alone (VSE++, Faghri et al. 2018: five folds of 1000 of COCO's 5000 test images). What
// is left after the last whole fold is not used; fewer than `fold` images are Error(usage).
BothWays recall_in_folds(const std::vector<real>& scores, const std::vector<int32_t>& image,
                         int64_t fold);

}  // namespace p2s

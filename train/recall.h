#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "nn/tensor.h"

namespace p2s {

// Retrieval between photographs and their captions (Hodosh et al. 2013): recall at 1, 5 and 10 in
// percent, and the median rank, counted from 1.
struct Recall {
  double at1 = 0, at5 = 0, at10 = 0, median_rank = 0;
};
Recall recall_of(std::vector<int64_t> ranks);

// scores [images, captions]; `image` of each caption. From a photograph the best-ranked of its
// captions counts; from a caption its one photograph. Equal scores rank behind.
struct BothWays {
  Recall to_caption, to_image;
  double sum() const;  // of the six recalls: chooses the best model
};
BothWays recall_both_ways(const std::vector<real>& scores, const std::vector<int32_t>& image);

}  // namespace p2s

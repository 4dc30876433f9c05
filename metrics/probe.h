#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace p2s {

// What a logistic regression can tell from vectors, which is how sentence encoders are compared
// (Kiros et al. 2015, sec. 3). The strength of the L2 penalty is chosen by cross-validation within
// the rows that are learned from.
struct ProbeData {
  std::span<const float> features;  // [N,D]
  std::vector<double> answers;      // [N]
  int64_t learned = 0;  // the rows behind these are predicted; 0: all rows, each by the regression
                        // of the folds that it is not in (nested cross-validation)
  int64_t rows() const { return int64_t(answers.size()); }
};

struct ProbeOptions {
  int64_t folds = 10;
  uint64_t seed = 1234;  // of the folds
  std::vector<double> costs = {1, 2, 4, 8, 16, 32, 64, 128, 256};
};

// Predictions, and the answers they are to be compared with, in the same order.
struct ProbeResult {
  std::vector<double> predicted, right;
};

// Classes from 0, each against all others. The strength that gets most right is taken.
ProbeResult probe_classes(const ProbeData& data, int64_t classes, const ProbeOptions& options = {});

// Scores from `low` to `high`: a softmax over the whole numbers learns to spread a score over its
// two neighbours, 3.6 as 0.4 of 3 and 0.6 of 4; its expectation is the prediction (Tai et al. 2015,
// sec. 4.2). The strength with the highest Pearson coefficient is taken.
ProbeResult probe_scores(const ProbeData& data, int64_t low, int64_t high,
                         const ProbeOptions& options = {});

}  // namespace p2s

#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace p2s {

// One of many logistic regressions over the same rows of features.
struct LogisticTask {
  std::vector<uint8_t> learns;  // [N]: 1 where the row is learned from
  // [N,K]. K = 1: the probability of "yes" is sigmoid(x w + b). K > 1: a distribution over K
  // classes, predicted by softmax(x W + b); it need not be sure of one.
  std::vector<float> targets;
};

struct LogisticOptions {
  int64_t classes = 1;        // K
  std::vector<double> costs;  // C, rising
  double tolerance = 1e-5;    // stops when a step promises less than this share of the objective
  int64_t most_steps = 100;
};

// Minimises 1/2 |W|^2 + C sum over learned rows of cross-entropy(target, prediction) for each task
// and each C; the bias counts in |W|, as in LIBLINEAR (Fan et al. 2008). `fitted(c, logits)` gets
// the logits of all rows, learned or not: column (task * K + k) of [N, tasks * K], columns one
// after the other.
//
// All tasks walk together: their products with the features are one matrix product, and the search
// directions (conjugate gradients, Polak-Ribiere) share a preconditioner, the Cholesky factor of
// C s X'X + I with s the mean curvature, so that few steps are needed; each C starts where the last
// one ended.
void fit_logistic(std::span<const float> features, int64_t rows,
                  const std::vector<LogisticTask>& tasks, const LogisticOptions& options,
                  const std::function<void(size_t cost, std::span<const float> logits)>& fitted);

}  // namespace p2s

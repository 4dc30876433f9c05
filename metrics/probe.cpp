#include "metrics/probe.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "metrics/correlation.h"
#include "metrics/logistic_regression.h"
#include "nn/base/error.h"
#include "nn/base/rng.h"

namespace p2s {
namespace {

// Folds of rows: a regression is judged on the rows of its fold, -1: no row of these.
using Folds = std::vector<int32_t>;

// The rows with fold >= 0 spread over `count` folds of one size, at random.
Folds spread(const std::vector<uint8_t>& rows, int64_t count, Rng& rng) {
  std::vector<size_t> order;
  for (size_t row = 0; row < rows.size(); ++row) {
    if (rows[row]) order.push_back(row);
  }
  for (size_t last = order.size(); last > 1; --last) {
    std::swap(order[last - 1], order[rng.below(last)]);
  }
  Folds folds(rows.size(), -1);
  for (size_t i = 0; i < order.size(); ++i) folds[order[i]] = int32_t(int64_t(i) % count);
  return folds;
}

// What is predicted, and the regressions that predict it together.
struct Target {
  int64_t columns = 1;      // of the features' logits, K of one regression
  int64_t regressions = 1;  // side by side
  std::function<void(double answer, int64_t regression, float* target)> write;
  std::function<double(const std::vector<float>& logits)> read;  // columns * regressions
  double (*quality)(const std::vector<double>& predicted, const std::vector<double>& right);
};

// Rows that are learned from and rows that are then predicted, with what was the best so far.
struct Part {
  std::vector<uint8_t> learns, judged;
  Folds inner;            // over `learns`
  size_t first_task = 0;  // of the part as a whole; those of its inner folds follow
  double best = -2;
  std::vector<double> predicted;  // of the judged rows
};

class Probe {
 public:
  Probe(const ProbeData& data, const ProbeOptions& options, const Target& target)
      : data_(data), options_(options), target_(target), rng_(options.seed) {}

  ProbeResult run() {
    make_parts();
    for (Part& part : parts_) add_tasks(part);
    LogisticOptions logistic;
    logistic.classes = target_.columns;
    logistic.costs = options_.costs;
    fit_logistic(data_.features, data_.rows(), tasks_, logistic,
                 [&](size_t, std::span<const float> logits) {
                   for (Part& part : parts_) judge(part, logits);
                 });
    ProbeResult result;
    for (const Part& part : parts_) {
      result.predicted.insert(result.predicted.end(), part.predicted.begin(), part.predicted.end());
      const std::vector<double> right = answers_of(part.judged);
      result.right.insert(result.right.end(), right.begin(), right.end());
    }
    return result;
  }

 private:
  void make_parts() {
    const auto rows = size_t(data_.rows());
    Folds outer(rows, 0);
    if (data_.learned == 0) {
      outer = spread(std::vector<uint8_t>(rows, 1), options_.folds, rng_);
    } else {
      std::fill_n(outer.begin(), data_.learned, -1);
    }
    for (int32_t fold = 0; fold <= *std::max_element(outer.begin(), outer.end()); ++fold) {
      Part part;
      for (const int32_t f : outer) {
        part.judged.push_back(f == fold ? 1 : 0);
        part.learns.push_back(f == fold ? 0 : 1);
      }
      part.inner = spread(part.learns, options_.folds, rng_);
      parts_.push_back(std::move(part));
    }
  }

  void add_tasks(Part& part) {
    part.first_task = tasks_.size();
    for (int32_t fold = -1; fold < int32_t(options_.folds); ++fold) {
      std::vector<uint8_t> learns = part.learns;
      for (size_t row = 0; row < learns.size(); ++row) {
        if (fold >= 0 && part.inner[row] == fold) learns[row] = 0;
      }
      for (int64_t r = 0; r < target_.regressions; ++r) {
        LogisticTask task{learns, std::vector<float>(learns.size() * size_t(target_.columns))};
        for (size_t row = 0; row < learns.size(); ++row) {
          target_.write(data_.answers[row], r, task.targets.data() + row * size_t(target_.columns));
        }
        tasks_.push_back(std::move(task));
      }
    }
  }

  // The prediction for a row by the regressions that begin with this task.
  double predict(std::span<const float> logits, size_t task, size_t row) const {
    std::vector<float> own;
    const size_t first = task * size_t(target_.columns);
    for (size_t c = first; c < first + size_t(target_.columns * target_.regressions); ++c) {
      own.push_back(logits[c * size_t(data_.rows()) + row]);
    }
    return target_.read(own);
  }

  // Keeps this strength's predictions if it does best within the rows that are learned from.
  void judge(Part& part, std::span<const float> logits) const {
    std::vector<double> predicted, right;
    for (size_t row = 0; row < part.inner.size(); ++row) {
      if (part.inner[row] < 0) continue;
      const size_t task =
          part.first_task + size_t(part.inner[row] + 1) * size_t(target_.regressions);
      predicted.push_back(predict(logits, task, row));
      right.push_back(data_.answers[row]);
    }
    const double quality = target_.quality(predicted, right);
    if (quality <= part.best) return;
    part.best = quality;
    part.predicted.clear();
    for (size_t row = 0; row < part.judged.size(); ++row) {
      if (part.judged[row]) part.predicted.push_back(predict(logits, part.first_task, row));
    }
  }

  std::vector<double> answers_of(const std::vector<uint8_t>& rows) const {
    std::vector<double> answers;
    for (size_t row = 0; row < rows.size(); ++row) {
      if (rows[row]) answers.push_back(data_.answers[row]);
    }
    return answers;
  }

  const ProbeData& data_;
  const ProbeOptions& options_;
  const Target& target_;
  Rng rng_;
  std::vector<Part> parts_;
  std::vector<LogisticTask> tasks_;
};

void require_rows(const ProbeData& data, const ProbeOptions& options) {
  const int64_t learned = data.learned == 0 ? data.rows() : data.learned;
  check(options.folds > 1 && learned > options.folds && data.learned < data.rows(),
        ErrorCode::usage,
        "{} rows to learn from and {} to predict are too few for cross-validation in {} folds",
        learned, data.rows() - data.learned, options.folds);
}

}  // namespace

ProbeResult probe_classes(const ProbeData& data, int64_t classes, const ProbeOptions& options) {
  require_rows(data, options);
  Target target;
  target.regressions = classes > 2 ? classes : 1;
  target.write = [&](double answer, int64_t regression, float* to) {
    *to = answer == double(classes > 2 ? regression : 1) ? 1.0f : 0.0f;
  };
  target.read = [](const std::vector<float>& logits) {
    if (logits.size() == 1) return logits[0] > 0 ? 1.0 : 0.0;
    return double(std::max_element(logits.begin(), logits.end()) - logits.begin());
  };
  target.quality = accuracy;
  return Probe(data, options, target).run();
}

ProbeResult probe_scores(const ProbeData& data, int64_t low, int64_t high,
                         const ProbeOptions& options) {
  require_rows(data, options);
  Target target;
  target.columns = high - low + 1;
  target.write = [&](double answer, int64_t, float* to) {
    std::fill_n(to, target.columns, 0.0f);
    const double at = answer - double(low);
    const auto below = std::min(int64_t(at), target.columns - 2);
    to[below] = float(double(below + 1) - at);
    to[below + 1] = float(at - double(below));
  };
  target.read = [low](const std::vector<float>& logits) {
    const double largest = double(*std::max_element(logits.begin(), logits.end()));
    double sum = 0, expected = 0;
    for (size_t k = 0; k < logits.size(); ++k) {
      const double weight = std::exp(double(logits[k]) - largest);
      sum += weight, expected += weight * double(int64_t(k) + low);
    }
    return expected / sum;
  };
  target.quality = pearson;
  return Probe(data, options, target).run();
}

}  // namespace p2s

#include "metrics/probe.h"

#include <doctest/doctest.h>

#include <cmath>

#include "metrics/correlation.h"
#include "metrics/logistic_regression.h"
#include "nn/base/rng.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

// Rows of normal numbers, of which the first says the answer and the others nothing.
struct Rows {
  std::vector<float> features;
  ProbeData data;
  Rows(int64_t rows, int64_t columns, const std::function<double(double)>& answer) {
    Rng rng(7);
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t c = 0; c < columns; ++c) features.push_back(float(rng.normal()));
      data.answers.push_back(answer(double(features[size_t(row * columns)]) + rng.normal() / 10));
    }
    data.features = features;
  }
};

// The objective that fit_logistic minimises, for one task of two classes, by its definition.
double objective(const std::vector<float>& x, const std::vector<float>& y, double cost,
                 const std::vector<double>& w) {
  double sum = 0;
  for (size_t row = 0; row < y.size(); ++row) {
    const double z = w[0] * double(x[row * 2]) + w[1] * double(x[row * 2 + 1]) + w[2];
    sum += std::log1p(std::exp(-z)) + (1 - double(y[row])) * z;
  }
  return cost * sum + (w[0] * w[0] + w[1] * w[1] + w[2] * w[2]) / 2;
}

}  // namespace

TEST_CASE("correlations, F1 and accuracy of small lists are those counted by hand") {
  CHECK(pearson({1, 2, 3}, {2, 4, 6}) == doctest::Approx(1));
  CHECK(pearson({1, 2, 3, 4}, {1, 3, 2, 4}) == doctest::Approx(0.8));
  CHECK(pearson({1, 1, 1}, {1, 2, 3}) == 0);
  CHECK(spearman({1, 10, 100}, {1, 2, 3}) == doctest::Approx(1));
  CHECK(spearman({1, 2, 2, 3}, {1, 2, 3, 4}) == doctest::Approx(0.948683));
  CHECK(mean_squared_error({1, 2}, {2, 4}) == doctest::Approx(2.5));
  CHECK(accuracy({1, 0, 1, 0}, {1, 1, 1, 0}) == doctest::Approx(0.75));
  CHECK(f1_score({1, 0, 1, 0}, {1, 1, 1, 0}) == doctest::Approx(0.8));
}

TEST_CASE("logistic regression ends where the objective is least, for every strength") {
  Rng rng(3);
  std::vector<float> x, y;
  for (int row = 0; row < 60; ++row) {
    x.push_back(float(rng.normal())), x.push_back(float(rng.normal()));
    y.push_back(double(x[size_t(row) * 2]) + rng.normal() > 0.3 ? 1.0f : 0.0f);
  }
  LogisticOptions options;
  options.costs = {0.1, 10};
  options.tolerance = 1e-9;
  // The last row is not learned from; its answer must not matter.
  LogisticTask task{std::vector<uint8_t>(60, 1), y};
  task.learns[59] = 0;
  LogisticTask other = task;
  other.targets[59] = 1 - other.targets[59];
  int fits = 0;
  fit_logistic(x, 60, {task, other}, options, [&](size_t c, std::span<const float> z) {
    ++fits;
    for (size_t row = 0; row < 60; ++row) CHECK(z[row] == doctest::Approx(z[60 + row]));
    // The plane through three rows' logits gives w back.
    const double a = double(x[0] - x[4]), b = double(x[1] - x[5]), p = double(z[0] - z[2]);
    const double d = double(x[2] - x[4]), e = double(x[3] - x[5]), q = double(z[1] - z[2]);
    const double w0 = (p * e - q * b) / (a * e - d * b), w1 = (a * q - d * p) / (a * e - d * b);
    const double bias = double(z[0]) - w0 * double(x[0]) - w1 * double(x[1]);
    const std::vector<float> learned(y.begin(), y.end() - 1);
    const double least = objective(x, learned, options.costs[c], {w0, w1, bias});
    for (const double step : {-0.02, 0.02}) {
      CHECK(objective(x, learned, options.costs[c], {w0 + step, w1, bias}) > least);
      CHECK(objective(x, learned, options.costs[c], {w0, w1 + step, bias}) > least);
      CHECK(objective(x, learned, options.costs[c], {w0, w1, bias + step}) > least);
    }
  });
  CHECK(fits == 2);
}

TEST_CASE("probe: classes are found by nested cross-validation and on rows held out") {
  Rows two(200, 5, [](double x) { return x > 0 ? 1 : 0; });
  const ProbeResult all = probe_classes(two.data, 2);
  CHECK(all.predicted.size() == 200);
  CHECK(accuracy(all.predicted, all.right) > 0.9);
  two.data.learned = 150;
  const ProbeResult held_out = probe_classes(two.data, 2);
  CHECK(held_out.right ==
        std::vector<double>(two.data.answers.begin() + 150, two.data.answers.end()));
  CHECK(accuracy(held_out.predicted, held_out.right) > 0.9);
  Rows three(300, 2, [](double x) { return x > 0.5 ? 2 : x > -0.5 ? 1 : 0; });
  // A class in the middle cannot be told by one plane; the two outer ones can.
  const ProbeResult classes = probe_classes(three.data, 3);
  CHECK(accuracy(classes.predicted, classes.right) > 0.6);
}

TEST_CASE("probe: answers that have nothing to do with the features are not found") {
  Rng rng(9);
  Rows none(400, 40, [&](double) { return double(rng.below(2)); });
  const ProbeResult result = probe_classes(none.data, 2);
  CHECK(accuracy(result.predicted, result.right) < 0.6);
}

TEST_CASE("probe: scores are the expectation over whole numbers") {
  Rows rows(300, 3, [](double x) { return std::clamp(3 + x, 1.0, 5.0); });
  const ProbeResult all = probe_scores(rows.data, 1, 5);
  CHECK(pearson(all.predicted, all.right) > 0.95);
  CHECK(mean_squared_error(all.predicted, all.right) < 0.1);
  CHECK(contains(thrown_message(ErrorCode::usage,
                                [&] {
                                  probe_scores({{}, {1, 2}}, 1, 5);
                                }),
                 "too few for cross-validation"));
}

#include "metrics/correlation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace p2s {
namespace {

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
}

std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> rank(values.size());
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (size_t i = begin; i < end; ++i) rank[order[i]] = double(begin + end - 1) / 2;
  }
  return rank;
}

}  // namespace

double pearson(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.empty()) return 0;
  const double mean_a = mean(a), mean_b = mean(b);
  double both = 0, square_a = 0, square_b = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    both += (a[i] - mean_a) * (b[i] - mean_b);
    square_a += (a[i] - mean_a) * (a[i] - mean_a);
    square_b += (b[i] - mean_b) * (b[i] - mean_b);
  }
  const double squares = std::sqrt(square_a * square_b);
  return squares > 0 ? both / squares : 0;
}

double spearman(const std::vector<double>& a, const std::vector<double>& b) {
  return pearson(ranks(a), ranks(b));
}

double mean_squared_error(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return a.empty() ? 0 : sum / double(a.size());
}

double accuracy(const std::vector<double>& predicted, const std::vector<double>& right) {
  size_t same = 0;
  for (size_t i = 0; i < right.size(); ++i) same += predicted[i] == right[i] ? 1 : 0;
  return right.empty() ? 0 : double(same) / double(right.size());
}

double f1_score(const std::vector<double>& predicted, const std::vector<double>& right) {
  double both = 0, either = 0;
  for (size_t i = 0; i < right.size(); ++i) {
    both += predicted[i] == 1 && right[i] == 1 ? 1 : 0;
    either += (predicted[i] == 1 ? 1 : 0) + (right[i] == 1 ? 1 : 0);
  }
  return either > 0 ? 2 * both / either : 0;
}

}  // namespace p2s

#pragma once

#include <vector>

namespace p2s {

// Agreement of two lists of the same length. 0 where one of them never varies.
double pearson(const std::vector<double>& a, const std::vector<double>& b);
// Pearson's coefficient of the ranks; equal values share their mean rank.
double spearman(const std::vector<double>& a, const std::vector<double>& b);
double mean_squared_error(const std::vector<double>& a, const std::vector<double>& b);

// Of predicted classes: the share that is right; and F1 = 2 P R / (P + R) of class 1.
double accuracy(const std::vector<double>& predicted, const std::vector<double>& right);
double f1_score(const std::vector<double>& predicted, const std::vector<double>& right);

}  // namespace p2s

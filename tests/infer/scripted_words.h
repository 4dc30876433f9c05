#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "infer/search.h"

namespace p2s {

// A word model whose probabilities are a function of the words so far; not normalised unless the
// function's are.
class ScriptedWords : public WordModel {
 public:
  using Next = std::function<std::vector<real>(const std::vector<int32_t>& so_far)>;
  ScriptedWords(int64_t vocabulary, Next next)
      : vocabulary_(vocabulary), next_(std::move(next)), rows_(1) {}

  int64_t vocabulary() const override { return vocabulary_; }
  std::vector<real> step(const std::vector<int32_t>& previous) override {
    ++steps;
    most_rows = std::max(most_rows, rows_.size());
    std::vector<real> all;
    for (size_t row = 0; row < rows_.size(); ++row) {
      if (previous[row] >= 0) rows_[row].push_back(previous[row]);
      for (real p : next_(rows_[row])) all.push_back(std::log(p));
    }
    return all;
  }
  void reorder(const std::vector<int32_t>& rows) override {
    std::vector<std::vector<int32_t>> reordered;
    for (int32_t row : rows) reordered.push_back(rows_[size_t(row)]);
    rows_ = reordered;
  }
  int64_t steps = 0;
  size_t most_rows = 0;

 private:
  int64_t vocabulary_;
  Next next_;
  std::vector<std::vector<int32_t>> rows_;
};

}  // namespace p2s

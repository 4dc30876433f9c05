#include "infer/genre_classifier.h"

#include <algorithm>
#include <cmath>

namespace p2s {

void GenreClassifier::add(const std::vector<int32_t>& words, int32_t genre) {
  for (int32_t word : words) {
    if (word < 2) continue;
    counts_[size_t(int64_t(genre) * vocabulary_ + word)] += 1;
    totals_[size_t(genre)] += 1;
  }
}

int32_t GenreClassifier::operator()(const std::vector<int32_t>& words) const {
  std::vector<double> scores(totals_.size(), 0);
  for (size_t genre = 0; genre < totals_.size(); ++genre) {
    for (int32_t word : words) {
      if (word < 2) continue;
      const double count = counts_[genre * size_t(vocabulary_) + size_t(word)];
      scores[genre] += std::log((count + 1) / (totals_[genre] + double(vocabulary_)));
    }
  }
  return int32_t(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

}  // namespace p2s

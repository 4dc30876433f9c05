#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace p2s {

// Tells the genre of a text by its words: multinomial naive Bayes with add-one smoothing and equal
// priors (McCallum & Nigam 1998). Ids 0 and 1 (<eos>, UNK) do not count.
class GenreClassifier {
 public:
  GenreClassifier(int64_t vocabulary, int64_t genres)
      : vocabulary_(vocabulary),
        counts_(size_t(vocabulary * genres), 0),
        totals_(size_t(genres), 0) {}
  void add(const std::vector<int32_t>& words, int32_t genre);
  int32_t operator()(const std::vector<int32_t>& words) const;

 private:
  int64_t vocabulary_;
  std::vector<double> counts_, totals_;  // [G,V], [G]
};

}  // namespace p2s

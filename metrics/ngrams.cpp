#include "metrics/ngrams.h"

namespace p2s {

NgramCounts ngram_counts(const Tokens& tokens, size_t n) {
  NgramCounts counts;
  for (size_t i = 0; i + n <= tokens.size(); ++i) {
    std::string ngram = tokens[i];
    for (size_t k = 1; k < n; ++k) ngram += " " + tokens[i + k];
    ++counts[ngram];
  }
  return counts;
}

}  // namespace p2s

#pragma once

#include <cstddef>
#include <set>
#include <vector>

namespace p2s {

// Different n-grams over all n-grams of many texts together (distinct-n, Li et al. 2016); 0 when
// there is none. A word is whatever can be ordered: a text or an id.
template <class Word>
double distinct_ngrams(const std::vector<std::vector<Word>>& texts, size_t n) {
  std::set<std::vector<Word>> different;
  size_t all = 0;
  for (const std::vector<Word>& text : texts) {
    for (size_t i = 0; i + n <= text.size(); ++i, ++all) {
      different.emplace(text.begin() + std::ptrdiff_t(i), text.begin() + std::ptrdiff_t(i + n));
    }
  }
  return all == 0 ? 0 : double(different.size()) / double(all);
}

}  // namespace p2s

#include "infer/retrieval.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "data/tokenizer.h"
#include "data/vocabulary.h"
#include "nn/base/error.h"

namespace p2s {
namespace {

constexpr double kSameWords = 0.7;

using Words = std::set<std::string>;

Words words_of(const std::string& text) {
  Words words;
  for (const std::string& token : tokenize(text)) {
    // Punctuation is ASCII and short; no word of a caption begins with it.
    if (token.find_first_not_of(".,;:!?-") != std::string::npos) words.insert(lower_case(token));
  }
  return words;
}

bool near_duplicates(const Words& a, const Words& b) {
  const auto common = double(
      std::count_if(a.begin(), a.end(), [&](const std::string& word) { return b.contains(word); }));
  const double all = double(a.size() + b.size()) - common;
  return all == 0 || common >= kSameWords * all;
}

}  // namespace

bool near_duplicates(const std::string& a, const std::string& b) {
  return near_duplicates(words_of(a), words_of(b));
}

std::vector<RetrievedCaption> nearest_captions(const std::vector<std::string>& captions,
                                               const std::vector<real>& scores, int64_t count) {
  check(scores.size() == captions.size(), ErrorCode::shape, "retrieval: {} scores of {} captions",
        scores.size(), captions.size());
  std::vector<size_t> order(captions.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  std::vector<RetrievedCaption> result;
  std::vector<Words> seen;
  for (size_t i : order) {
    if (int64_t(result.size()) == count) break;
    Words words = words_of(captions[i]);
    const auto same = [&](const Words& other) { return near_duplicates(words, other); };
    if (std::any_of(seen.begin(), seen.end(), same)) continue;
    result.push_back({captions[i], scores[i]});
    seen.push_back(std::move(words));
  }
  return result;
}

}  // namespace p2s

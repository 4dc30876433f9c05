#include "metrics/bleu.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace p2s {
namespace {

// COCO's guards against 0 / 0.
constexpr double kTiny = 1e-15, kSmall = 1e-9;

int64_t closest_length(const ScoredCaption& caption) {
  const auto length = int64_t(caption.candidate.size());
  int64_t best = -1;
  for (const Tokens& reference : caption.references) {
    const auto other = int64_t(reference.size());
    const int64_t now = std::abs(other - length), before = std::abs(best - length);
    if (best < 0 || now < before || (now == before && other < best)) best = other;
  }
  return best;
}

int64_t clipped_matches(const ScoredCaption& caption, size_t n) {
  NgramCounts most;
  for (const Tokens& reference : caption.references) {
    for (const auto& [ngram, count] : ngram_counts(reference, n)) {
      most[ngram] = std::max(most[ngram], count);
    }
  }
  int64_t matches = 0;
  for (const auto& [ngram, count] : ngram_counts(caption.candidate, n)) {
    const auto found = most.find(ngram);
    if (found != most.end()) matches += std::min(count, found->second);
  }
  return matches;
}

}  // namespace

std::array<double, kLongestNgram> bleu(ScoredCaptions captions) {
  std::array<int64_t, kLongestNgram> matches = {}, ngrams = {};
  int64_t length = 0, reference_length = 0;
  for (const ScoredCaption& caption : captions) {
    const auto words = int64_t(caption.candidate.size());
    length += words;
    reference_length += closest_length(caption);
    for (size_t n = 1; n <= kLongestNgram; ++n) {
      ngrams[n - 1] += std::max<int64_t>(0, words - int64_t(n) + 1);
      matches[n - 1] += clipped_matches(caption, n);
    }
  }
  const double ratio = (double(length) + kTiny) / (double(reference_length) + kSmall);
  const double brevity = ratio < 1 ? std::exp(1 - 1 / ratio) : 1;
  std::array<double, kLongestNgram> scores = {};
  double product = 1;
  for (size_t n = 1; n <= kLongestNgram; ++n) {
    product *= (double(matches[n - 1]) + kTiny) / (double(ngrams[n - 1]) + kSmall);
    scores[n - 1] = brevity * std::pow(product, 1.0 / double(n));
  }
  return scores;
}

}  // namespace p2s

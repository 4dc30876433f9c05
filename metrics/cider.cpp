#include "metrics/cider.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <unordered_set>

#include "metrics/ngrams.h"
#include "metrics/porter_stemmer.h"

namespace p2s {
namespace {

constexpr double kSigma = 6;  // of the Gaussian over differences of length

using Weights = std::unordered_map<std::string, double>;

Tokens stems(const Tokens& tokens) {
  Tokens result;
  for (const std::string& token : tokens) result.push_back(porter_stem(token));
  return result;
}

}  // namespace

struct CiderScorer::Vector {
  std::array<Weights, kLongestNgram> weights;
  std::array<double, kLongestNgram> norms = {};
  double length = 0;  // in bigrams, as COCO's evaluation has it
};

CiderScorer::CiderScorer(ScoredCaptions captions, Cider kind)
    : kind_(kind), log_images_(std::log(double(captions.size()))) {
  for (const ScoredCaption& caption : captions) {
    std::unordered_set<std::string> seen;
    for (const Tokens& reference : caption.references) {
      const Tokens words = prepared(reference);
      for (size_t n = 1; n <= kLongestNgram; ++n) {
        for (const auto& [ngram, count] : ngram_counts(words, n)) seen.insert(ngram);
      }
    }
    for (const std::string& ngram : seen) ++images_with_[ngram];
  }
}

double CiderScorer::operator()(const ScoredCaption& caption) const {
  const Vector candidate = vector_of(caption.candidate);
  double sum = 0;
  for (const Tokens& reference : caption.references) {
    sum += similarity(candidate, vector_of(reference));
  }
  return 10 * sum / double(caption.references.size());
}

Tokens CiderScorer::prepared(const Tokens& tokens) const {
  return kind_ == Cider::plain ? stems(tokens) : tokens;
}

CiderScorer::Vector CiderScorer::vector_of(const Tokens& tokens) const {
  const Tokens words = prepared(tokens);
  Vector v;
  for (size_t n = 1; n <= kLongestNgram; ++n) {
    double squares = 0;
    for (const auto& [ngram, count] : ngram_counts(words, n)) {
      const auto found = images_with_.find(ngram);
      const double images = found == images_with_.end() ? 1 : double(found->second);
      const double weight = double(count) * (log_images_ - std::log(images));
      v.weights[n - 1][ngram] = weight;
      squares += weight * weight;
      if (n == 2) v.length += double(count);
    }
    v.norms[n - 1] = std::sqrt(squares);
  }
  return v;
}

double CiderScorer::similarity(const Vector& candidate, const Vector& reference) const {
  double sum = 0;
  for (size_t k = 0; k < kLongestNgram; ++k) {
    double dot = 0;
    for (const auto& [ngram, weight] : candidate.weights[k]) {
      const auto found = reference.weights[k].find(ngram);
      if (found == reference.weights[k].end()) continue;
      dot += (kind_ == Cider::clipped ? std::min(weight, found->second) : weight) * found->second;
    }
    const double norms = candidate.norms[k] * reference.norms[k];
    if (norms > 0) sum += dot / norms;
  }
  if (kind_ == Cider::clipped) {
    const double difference = candidate.length - reference.length;
    sum *= std::exp(-difference * difference / (2 * kSigma * kSigma));
  }
  return sum / double(kLongestNgram);
}

std::vector<double> cider_each(ScoredCaptions captions, Cider kind) {
  const CiderScorer score(captions, kind);
  std::vector<double> scores;
  for (const ScoredCaption& caption : captions) scores.push_back(score(caption));
  return scores;
}

double cider(ScoredCaptions captions, Cider kind) {
  const std::vector<double> each = cider_each(captions, kind);
  return each.empty() ? 0 : std::accumulate(each.begin(), each.end(), 0.0) / double(each.size());
}

}  // namespace p2s

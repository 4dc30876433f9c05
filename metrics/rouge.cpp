#include "metrics/rouge.h"

#include <algorithm>

namespace p2s {
namespace {

constexpr double kBeta2 = 1.2 * 1.2;

size_t longest_common_subsequence(const Tokens& a, const Tokens& b) {
  std::vector<size_t> row(b.size() + 1, 0);
  for (const std::string& word : a) {
    size_t diagonal = 0;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t above = row[j + 1];
      row[j + 1] = word == b[j] ? diagonal + 1 : std::max(above, row[j]);
      diagonal = above;
    }
  }
  return row.back();
}

double score(const ScoredCaption& caption) {
  double precision = 0, recall = 0;
  for (const Tokens& reference : caption.references) {
    const auto common = double(longest_common_subsequence(caption.candidate, reference));
    if (common == 0) continue;
    precision = std::max(precision, common / double(caption.candidate.size()));
    recall = std::max(recall, common / double(reference.size()));
  }
  if (precision == 0) return 0;
  return (1 + kBeta2) * precision * recall / (recall + kBeta2 * precision);
}

}  // namespace

double rouge_l(ScoredCaptions captions) {
  double sum = 0;
  for (const ScoredCaption& caption : captions) sum += score(caption);
  return captions.empty() ? 0 : sum / double(captions.size());
}

}  // namespace p2s

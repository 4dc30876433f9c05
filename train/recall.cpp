#include "train/recall.h"

#include <algorithm>
#include <limits>

namespace p2s {
namespace {

double share_within(const std::vector<int64_t>& ranks, int64_t limit) {
  const auto hits =
      std::count_if(ranks.begin(), ranks.end(), [&](int64_t r) { return r <= limit; });
  return 100.0 * double(hits) / double(ranks.size());
}

}  // namespace

Recall recall_of(std::vector<int64_t> ranks) {
  if (ranks.empty()) return {};
  std::sort(ranks.begin(), ranks.end());
  const size_t half = ranks.size() / 2;
  const double median =
      ranks.size() % 2 == 1 ? double(ranks[half]) : 0.5 * double(ranks[half - 1] + ranks[half]);
  return {share_within(ranks, 1), share_within(ranks, 5), share_within(ranks, 10), median};
}

double BothWays::sum() const {
  double total = 0;
  for (const Recall& r : {to_caption, to_image}) total += r.at1 + r.at5 + r.at10;
  return total;
}

BothWays recall_both_ways(const std::vector<real>& scores, const std::vector<int32_t>& image) {
  const size_t captions = image.size(), images = captions == 0 ? 0 : scores.size() / captions;
  std::vector<int64_t> to_caption, to_image;
  for (size_t i = 0; i < images; ++i) {
    const real* row = &scores[i * captions];
    real own = -std::numeric_limits<real>::infinity();
    for (size_t c = 0; c < captions; ++c) {
      if (size_t(image[c]) == i) own = std::max(own, row[c]);
    }
    int64_t rank = 1;
    for (size_t c = 0; c < captions; ++c) {
      if (size_t(image[c]) != i && row[c] >= own) ++rank;
    }
    to_caption.push_back(rank);
  }
  for (size_t c = 0; c < captions; ++c) {
    const real own = scores[size_t(image[c]) * captions + c];
    int64_t rank = 1;
    for (size_t i = 0; i < images; ++i) {
      if (i != size_t(image[c]) && scores[i * captions + c] >= own) ++rank;
    }
    to_image.push_back(rank);
  }
  return {recall_of(std::move(to_caption)), recall_of(std::move(to_image))};
}

}  // namespace p2s

#include "metrics/recall.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "nn/base/error.h"

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
  const double mean =
      double(std::accumulate(ranks.begin(), ranks.end(), int64_t(0))) / double(ranks.size());
  return {share_within(ranks, 1), share_within(ranks, 5), share_within(ranks, 10), median, mean};
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

namespace {

// Figures of images [begin, end) among themselves.
BothWays recall_of_fold(const std::vector<real>& scores, const std::vector<int32_t>& image,
                        int64_t begin, int64_t end) {
  std::vector<size_t> captions;
  std::vector<int32_t> place;
  for (size_t c = 0; c < image.size(); ++c) {
    if (image[c] < begin || image[c] >= end) continue;
    captions.push_back(c);
    place.push_back(int32_t(image[c] - begin));
  }
  std::vector<real> part;
  part.reserve(size_t(end - begin) * captions.size());
  for (int64_t i = begin; i < end; ++i) {
    for (size_t c : captions) part.push_back(scores[size_t(i) * image.size() + c]);
  }
  return recall_both_ways(part, place);
}

void add_share(Recall& sum, const Recall& r, double share) {
  sum.at1 += share * r.at1, sum.at5 += share * r.at5, sum.at10 += share * r.at10;
  sum.median_rank += share * r.median_rank, sum.mean_rank += share * r.mean_rank;
}

}  // namespace

BothWays recall_in_folds(const std::vector<real>& scores, const std::vector<int32_t>& image,
                         int64_t fold) {
  const int64_t images = image.empty() ? 0 : int64_t(scores.size() / image.size());
  const int64_t folds = fold > 0 ? images / fold : 0;
  check(folds > 0, ErrorCode::usage, "folds of {} photographs: there are {}", fold, images);
  BothWays sum;
  for (int64_t f = 0; f < folds; ++f) {
    const BothWays r = recall_of_fold(scores, image, f * fold, (f + 1) * fold);
    add_share(sum.to_caption, r.to_caption, 1 / double(folds));
    add_share(sum.to_image, r.to_image, 1 / double(folds));
  }
  return sum;
}

}  // namespace p2s

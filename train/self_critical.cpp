#include "train/self_critical.h"

#include <numeric>

#include "nn/base/parallel.h"

namespace p2s {
namespace {

std::vector<ScoredCaption> with_ends(const CaptionedMaps& data, const std::string& end) {
  std::vector<ScoredCaption> result;
  for (const std::vector<Tokens>& of_image : data.tokens) {
    result.push_back({{}, of_image});
    for (Tokens& reference : result.back().references) reference.push_back(end);
  }
  return result;
}

}  // namespace

CaptionRewards::CaptionRewards(const CaptionedMaps& data)
    : references_(with_ends(data, "<eos>")), score_(references_, Cider::clipped) {}

std::vector<real> CaptionRewards::advantages(const std::vector<int64_t>& images,
                                             const std::vector<std::vector<int32_t>>& captions,
                                             int64_t each, const Vocabulary& vocabulary) const {
  std::vector<double> rewards(captions.size());
  parallel_for(int64_t(images.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      ScoredCaption scored = references_[size_t(images[size_t(i)])];
      for (int64_t c = i * each; c < (i + 1) * each; ++c) {
        scored.candidate.clear();
        for (int32_t id : captions[size_t(c)]) scored.candidate.push_back(vocabulary.word(id));
        rewards[size_t(c)] = score_(scored);
      }
    }
  });
  std::vector<real> result;
  for (size_t c = 0; c < rewards.size(); ++c) {
    const auto first = rewards.begin() + int64_t(c) / each * each;
    const double all = std::accumulate(first, first + each, 0.0);
    const double others = each > 1 ? (all - rewards[c]) / double(each - 1) : 0;
    result.push_back(real(rewards[c] - others));
  }
  return result;
}

}  // namespace p2s

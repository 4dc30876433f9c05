#include "infer/candidates.h"

#include <algorithm>

#include "infer/cosine.h"
#include "nn/base/error.h"

namespace p2s {
namespace {

std::vector<real> content_scores(const Tensor& contents, const Style& style) {
  return standard_scores(contents, style.content_mean, style.content_deviation).to_host();
}

}  // namespace

Judgement best_candidate(std::span<const StoryDraft> drafts, const PassageVectors& captions,
                         const PassageEncoder& encoder, const Style& caption_style,
                         const Style& genre_style, const Style& passage_style) {
  check(!drafts.empty(), ErrorCode::internal, "candidates: none to choose from");
  std::vector<Sentences> texts;
  for (const StoryDraft& draft : drafts) texts.push_back({draft.ids()});
  const std::vector<real> wanted = content_scores(captions.content, caption_style);
  const std::vector<real> told = content_scores(encoder.contents(texts), passage_style);
  const Tensor& mean = genre_style.content_mean;
  const std::vector<real> genre =
      content_scores(mean.reshaped({1, mean.elements()}), passage_style);
  Judgement best;
  double best_score = 0;
  for (size_t i = 0; i < drafts.size(); ++i) {
    const std::span<const real> draft{told.data() + i * wanted.size(), wanted.size()};
    const double match = cosine(draft, wanted), of_genre = cosine(draft, genre);
    const double log_p =
        drafts[i].log_probability() / double(std::max<int64_t>(drafts[i].steps(), 1));
    const double score = match + kGenre * of_genre + kFluency * log_p;
    if (i > 0 && score <= best_score) continue;
    best = {i, match, of_genre, log_p};
    best_score = score;
  }
  return best;
}

}  // namespace p2s

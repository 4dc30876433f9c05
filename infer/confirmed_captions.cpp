#include "infer/confirmed_captions.h"

#include <algorithm>

#include "infer/cosine.h"

namespace p2s {
namespace {

using Numbers = std::vector<real>;

std::vector<Numbers> contents(const std::vector<Sentence>& sentences, const PassageEncoder& encoder,
                              const Style& captions) {
  std::vector<Sentences> texts;
  for (const Sentence& sentence : sentences) texts.push_back({sentence});
  const std::vector<real> all =
      standard_scores(encoder.contents(texts), captions.content_mean, captions.content_deviation)
          .to_host();
  const auto size = std::ptrdiff_t(all.size() / sentences.size());
  std::vector<Numbers> rows;
  for (auto row = all.begin(); row != all.end(); row += size) rows.emplace_back(row, row + size);
  return rows;
}

}  // namespace

std::vector<bool> confirmed(const std::vector<Sentence>& told, const std::vector<Sentence>& found,
                            const PassageEncoder& encoder, const Style& captions) {
  if (told.empty() || found.size() < 2) return std::vector<bool>(told.size(), true);
  const std::vector<Numbers> vectors = contents(found, encoder, captions);
  Numbers sum(vectors[0].size());
  for (const Numbers& v : vectors) {
    for (size_t i = 0; i < v.size(); ++i) sum[i] += v[i];
  }
  std::vector<double> nearness;
  for (const Numbers& v : vectors) {
    Numbers others = sum;
    for (size_t i = 0; i < v.size(); ++i) others[i] -= v[i];
    nearness.push_back(cosine(v, others));
  }
  const auto median = nearness.begin() + std::ptrdiff_t(nearness.size() / 2);
  std::nth_element(nearness.begin(), median, nearness.end());
  std::vector<bool> result;
  for (const Numbers& v : contents(told, encoder, captions)) {
    result.push_back(cosine(v, sum) >= *median);
  }
  return result;
}

}  // namespace p2s

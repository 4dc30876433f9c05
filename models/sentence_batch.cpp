#include "models/sentence_batch.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace p2s {

int64_t SentenceBatch::tokens() const {
  return std::accumulate(lengths.begin(), lengths.end(), int64_t(0));
}

Ids SentenceBatch::device_ids(Device device) const { return Ids({time, batch}, device, ids); }

Ids SentenceBatch::device_lengths(Device device) const { return Ids({batch}, device, lengths); }

SentenceBatch SentenceBatch::shifted() const {
  SentenceBatch result = *this;
  std::fill_n(result.ids.begin(), batch, -1);
  std::copy_n(ids.begin(), size_t((time - 1) * batch), result.ids.begin() + batch);
  return result;
}

SentenceBatch SentenceBatch::reversed() const {
  SentenceBatch result = *this;
  for (int64_t b = 0; b < batch; ++b) {
    const int64_t length = lengths[size_t(b)];
    for (int64_t t = 0; t < length; ++t) {
      result.ids[size_t(t * batch + b)] = ids[size_t((length - 1 - t) * batch + b)];
    }
  }
  return result;
}

std::vector<int32_t> SentenceBatch::longest_first() const {
  std::vector<int32_t> places(lengths.size());
  std::iota(places.begin(), places.end(), 0);
  std::ranges::stable_sort(places, std::greater<>(), [&](int32_t i) { return lengths[size_t(i)]; });
  return places;
}

SentenceBatch SentenceBatch::ordered(const std::vector<int32_t>& places) const {
  SentenceBatch result = *this;
  for (size_t b = 0; b < places.size(); ++b) {
    const auto from = size_t(places[b]);
    result.lengths[b] = lengths[from];
    for (size_t t = 0; t < size_t(time); ++t) {
      result.ids[t * size_t(batch) + b] = ids[t * size_t(batch) + from];
    }
  }
  return result;
}

SentenceBatch pack_sentences(const std::vector<std::vector<int32_t>>& sentences) {
  SentenceBatch result;
  result.batch = int64_t(sentences.size());
  for (const auto& sentence : sentences) {
    result.lengths.push_back(int32_t(sentence.size()));
    result.time = std::max(result.time, int64_t(sentence.size()));
  }
  result.ids.assign(size_t(result.time * result.batch), -1);
  for (size_t b = 0; b < sentences.size(); ++b) {
    for (size_t t = 0; t < sentences[b].size(); ++t) {
      result.ids[t * sentences.size() + b] = sentences[b][t];
    }
  }
  return result;
}

}  // namespace p2s

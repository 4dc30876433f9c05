#include "features/sentence_vectors.h"

#include <algorithm>
#include <numeric>

namespace p2s {

Tensor sentence_vectors(const Vse& model, const std::vector<std::vector<int32_t>>& sentences,
                        const std::function<void(int64_t)>& progress) {
  constexpr size_t kBatch = 256;
  std::vector<size_t> order(sentences.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return sentences[a].size() > sentences[b].size(); });
  const Device device = model.image_weight.value.device();
  const int64_t size = model.config.embedding;
  std::vector<real> all(sentences.size() * size_t(size));
  for (size_t begin = 0; begin < order.size(); begin += kBatch) {
    const size_t end = std::min(order.size(), begin + kBatch);
    std::vector<std::vector<int32_t>> batch;
    for (size_t i = begin; i < end; ++i) batch.push_back(sentences[order[i]]);
    Tape tape(device);
    const auto vectors = model.embed_sentences(tape, pack_sentences(batch)).value.to_host();
    for (size_t i = begin; i < end; ++i) {
      const auto from = vectors.begin() + std::ptrdiff_t(i - begin) * size;
      std::copy(from, from + size, all.begin() + std::ptrdiff_t(order[i]) * size);
    }
    if (progress) progress(int64_t(end));
  }
  return Tensor({int64_t(sentences.size()), size}, device, all);
}

}  // namespace p2s

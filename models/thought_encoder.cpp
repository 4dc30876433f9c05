#include "models/thought_encoder.h"

namespace p2s {

int64_t ThoughtEncoder::size() const {
  int64_t sum = 0;
  for (const SentenceEncoder& part : parts) sum += part.hidden();
  return sum;
}

int64_t ThoughtEncoder::words() const { return parts.at(0).words.shape()[0]; }

int64_t ThoughtEncoder::word_size() const {
  int64_t sum = 0;
  for (const SentenceEncoder& part : parts) sum += part.words.shape()[1];
  return sum;
}

Device ThoughtEncoder::device() const { return parts.at(0).words.value.device(); }

Var ThoughtEncoder::operator()(Tape& tape, const SentenceBatch& sentences) const {
  if (parts.size() == 1) return parts[0](tape, sentences);
  std::vector<Var> vectors;
  for (const SentenceEncoder& part : parts) {
    vectors.push_back(l2_normalize(tape, part(tape, sentences)));
  }
  return concat(tape, vectors, 1);
}

}  // namespace p2s

#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/sentence_sets.h"
#include "infer/encoder.h"

namespace p2s {

// A way to make vectors of sentences, for p2s-eval sentences.
struct SentenceVectors {
  std::string name;
  int64_t size = 0;
  bool encoder = true;  // or the mean of word vectors
  // [N,size], row by row, each of length one (zeros where no word is known).
  std::function<std::vector<float>(std::span<const std::string>)> encode;
};

// An encoder's. Contractions that the sets' makers split are joined, as the encoder knows them.
SentenceVectors encoder_vectors(const std::string& name, std::shared_ptr<const Encoder> encoder);

// The mean of the vectors in a word2vec or GloVe file: the baseline that an encoder has to beat.
// Words as they stand there, else in lower case; others are passed over. Only vectors of words in
// `sets` are kept in memory.
SentenceVectors mean_word_vectors(const std::filesystem::path& file,
                                  const std::vector<SentenceSet>& sets);

}  // namespace p2s

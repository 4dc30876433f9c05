#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "models/skip_gram.h"
#include "train/book_options.h"

namespace p2s {

struct WordVectorsOptions {
  BookOptions books;
  std::filesystem::path
      encoder;  // whose words get vectors: a skipthought run's model.h5, or a pack
  std::filesystem::path out;
  std::filesystem::path word_vectors;  // taken from this file (train/word_start.h); empty: trained
  SkipGramConfig skip_gram;
  double epochs = 1, rate = 0.025;
  int64_t seed = 1;
};

// Trains word vectors on the corpus and writes the encoder again, with the vectors as its content
// words (models/passage_vectors.h). One thread, so that the same seed gives the same bits.
void build_word_vectors(const WordVectorsOptions& options);

// p2s-train words
void word_vectors_command(const std::vector<std::string>& arguments, std::ostream& out);

}  // namespace p2s

#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "data/vocabulary.h"
#include "models/passage_vectors.h"
#include "models/word_table.h"

namespace p2s {

// Skip-thought vectors of sentences:
//   const Tensor vectors = Encoder::load("packs/novels.h5").encode(sentences);
class Encoder {
 public:
  // A pack, the model.h5 of a skipthought run, or what p2s-train words or expand made of one.
  static Encoder load(const std::filesystem::path& file, Device device = Device::cpu);

  int64_t size() const { return encoder_.size(); }
  int64_t words() const { return vocabulary_.size() + more_words_.size(); }
  // [N,size()], the i-th row of the i-th sentence, encoded without <eos> and not normalised (Kiros
  // et al. 2015). Words that it does not know are looked for among those of p2s-train expand: as
  // they stand there, in lower case, and with # for every digit; else they are UNK. A sentence
  // without any word gives zeros.
  Tensor encode(std::span<const std::string> sentences) const;

 private:
  Encoder(Vocabulary vocabulary, ThoughtEncoder encoder, WordTable more_words);
  // The encoder with those rows of the table behind its own words.
  ThoughtEncoder with_more_words(const std::vector<int64_t>& rows) const;
  int64_t find_more(const std::string& token) const;
  Vocabulary vocabulary_;
  ThoughtEncoder encoder_;
  WordTable more_words_;  // of none where the encoder was not expanded
};

}  // namespace p2s

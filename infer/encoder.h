#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "data/vocabulary.h"
#include "models/passage_vectors.h"

namespace p2s {

// Skip-thought vectors of sentences:
//   const Tensor vectors = Encoder::load("packs/novels.h5").encode(sentences);
class Encoder {
 public:
  // A pack, the model.h5 of a skipthought run, or what p2s-train words made of one.
  static Encoder load(const std::filesystem::path& file, Device device = Device::cpu);

  int64_t size() const { return encoder_.encoder().size(); }
  // [N,size()], the i-th row of the i-th sentence, encoded without <eos> and not normalised (Kiros
  // et al. 2015). Words that it does not know are UNK. A sentence without any word gives zeros.
  Tensor encode(std::span<const std::string> sentences) const;

 private:
  Encoder(Vocabulary vocabulary, PassageEncoder encoder)
      : vocabulary_(std::move(vocabulary)), encoder_(std::move(encoder)) {}
  Vocabulary vocabulary_;
  PassageEncoder encoder_;
};

}  // namespace p2s

#pragma once

#include <cstdint>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

namespace p2s {

struct ExpandOptions {
  std::filesystem::path encoder;  // model.h5 of a skipthought run, or a pack
  std::filesystem::path word_vectors, out;
  std::string storing = "half";  // float, half, int8
  double ridge = 0;              // 0: of several the one that does best on the words held out
  int threads = 0;
};

struct ExpandReport {
  int64_t shared = 0, held_out = 0;  // words of the encoder that the file has; of these, held out
  int64_t words = 0;                 // new ones
  double ridge = 0, explained = 0, cosine = 0;  // see RidgeRegression
};

// Vocabulary expansion (Kiros et al. 2015, sec. 2.2): a linear map from the space of the word
// vectors to the encoder's, learned on the words that both know, gives vectors to all words of the
// file that the encoder does not know, phrases ("New_York") left out. Writes the encoder to `out`
// and the words' table beside it, with the ending .words. The file is streamed twice.
ExpandReport expand_encoder(const ExpandOptions& options);

// p2s-train expand
void expand_command(const std::vector<std::string>& arguments, std::ostream& out);

}  // namespace p2s

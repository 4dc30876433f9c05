#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "train/book_options.h"
#include "train/run_options.h"

namespace p2s {

struct SkipThoughtOptions {
  RunOptions run = {.epochs = 1, .batch = 64, .rate = 1e-3, .clip = 1};
  BookOptions books;
  int64_t vocabulary = 20000, embedding = 300, hidden = 600;
  int64_t max_words = 30;    // in each of three neighbouring sentences
  std::string kind = "uni";  // or bi, combine
  bool layer_norm = false, conditional = false, separate_words = false;
  double previous = 1, next = 1, itself = 0;  // weights of what is predicted
  std::string softmax = "full";
  int64_t samples = 1024;              // of the sampled softmax
  std::filesystem::path word_vectors;  // that the word tables start from, see start_words
};

// Trains a sentence encoder on three neighbouring sentences at a time; validated by the exact
// perplexity of its decoders on held-out books. `combine` trains a uni-skip and a bi-skip of the
// same size side by side, which share nothing but the batches.
void train_skip_thought(const SkipThoughtOptions& options);

// p2s-train skipthought
void skip_thought_command(const std::vector<std::string>& arguments, std::ostream& out);

}  // namespace p2s

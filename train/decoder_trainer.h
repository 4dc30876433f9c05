#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "train/book_options.h"
#include "train/run_options.h"

namespace p2s {

struct DecoderOptions {
  RunOptions run = {.epochs = 3, .batch = 32, .rate = 1e-3, .clip = 1};
  BookOptions books;
  std::filesystem::path encoder;  // model.h5 of a skipthought run
  std::filesystem::path from;     // a decoder run's model.h5 or a pack: start as its decoder
  std::string learn;              // only the parameters whose names begin so; empty: all
  int64_t embedding = 300, hidden = 768;
  int64_t min_words = 60, max_words = 100;  // of a passage
  int64_t style_passages = 4000;            // that a style is the mean of
  double dropout = 0;
  double condition_noise = 0;    // deviation of what is added to the standardised vectors
  double condition_dropout = 0;  // share of passages for which a vector is zeroed
  std::string target = "same";   // what is told of a passage: itself, or the "next" one
  bool no_content = false, no_genre_condition = false;
  std::string softmax = "full";
  int64_t samples = 1024;
};

// Trains the decoder that tells passages of books, each conditioned on its own vectors, or on those
// of the passage before it (target "next": it goes on where its source ends); validated
// by the exact perplexity on held-out books. model.h5 also holds the styles: "passages" (all) and
// one a genre, named as the genres in its list "genres".
void train_decoder(const DecoderOptions& options);

// p2s-train decoder
void decoder_command(const std::vector<std::string>& arguments, std::ostream& out);

}  // namespace p2s

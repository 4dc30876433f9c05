#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "nn/compute.h"
#include "train/book_options.h"

namespace p2s {

// Exactly one of books, captions and coco says which texts.
struct StyleOptions {
  BookOptions books;               // a genre's passages
  std::filesystem::path captions;  // a text file, each line one text
  std::filesystem::path coco;      // the captions of one photograph are one text
  std::filesystem::path encoder, out;
  std::string name;                         // default: the genre, or "captions"
  int64_t sample = 20000;                   // at most so many texts, chosen by the seed
  int64_t min_words = 60, max_words = 100;  // of a passage
  int64_t length = 0;  // above 0: of four fifths to six fifths of so many words
  int64_t seed = 1;
  ComputeOptions compute = {};
};

// Writes the mean and deviation of the texts' vectors as a style file.
void build_style(const StyleOptions& options);

// p2s-train style
void style_command(const std::vector<std::string>& arguments, std::ostream& out);

}  // namespace p2s

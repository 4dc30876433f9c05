#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/corpus.h"
#include "models/model_files.h"
#include "nn/base/command_line.h"

namespace p2s {

// Which books a trainer reads, and which of them it holds out.
struct BookOptions {
  std::filesystem::path folder;
  std::vector<std::string> genres;  // empty: all
  double validation_share = 0.03;
  int64_t validation_batches = 40;
};
void add_book_options(CommandLine& line, BookOptions& options);

// Error(usage) if no folder was given.
Corpus open_corpus(const BookOptions& options, int64_t vocabulary);
Corpus open_corpus(const BookOptions& options, const Vocabulary& given);

// What a resumed run compares its data by.
std::string fingerprint(const Corpus& corpus);

// One sentence's words as a decoder learns them, <eos> last.
std::vector<int32_t> with_eos(const Corpus& corpus, int64_t sentence);

}  // namespace p2s

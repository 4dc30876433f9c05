#pragma once

#include <filesystem>
#include <string>

#include "data/vocabulary.h"
#include "nn/tape.h"

namespace p2s {

// The words that `file` has vectors of start as these; the others stay as they were drawn. `file`
// is a word2vec or GloVe file (data/word_vector_file.h), an encoder file with the word vectors of
// p2s-train words, or a pack. Error(usage) names `size_flag` when the vectors' size is another
// than the table's.
void start_words(const Var& table, const Vocabulary& vocabulary, const std::filesystem::path& file,
                 const std::string& size_flag);

}  // namespace p2s

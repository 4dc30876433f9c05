#pragma once

#include "data/vocabulary.h"
#include "models/model_files.h"

namespace p2s {

// A vocabulary as model files keep it, and back.
WordList word_list(const Vocabulary& vocabulary);
Vocabulary vocabulary_of(const WordList& words);

}  // namespace p2s

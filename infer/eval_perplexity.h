#pragma once

#include <filesystem>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "data/batcher.h"
#include "infer/story.h"

namespace p2s {

// How well a decoder foretells passages, word by word as it tells stories: exp of the mean negative
// log-probability a word. Unlike validation in training it goes through the weights as they are
// packed for telling.
struct Foretold {
  double perplexity = 0;
  int64_t passages = 0, words = 0;
};

// `passages` of a corpus in the pack's words, each told of itself and of its genre.
Foretold foretell(const Storyteller& teller, const Corpus& corpus,
                  std::span<const Passage> passages);

// p2s-eval perplexity
void eval_perplexity_command(const std::vector<std::string>& arguments, std::ostream& out);

}  // namespace p2s

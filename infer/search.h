#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "infer/story_rules.h"
#include "nn/base/rng.h"

namespace p2s {

// A model that tells words one by one, for several rows at once; it starts with a row for each
// photograph.
class WordModel {
 public:
  virtual ~WordModel() = default;
  virtual int64_t vocabulary() const = 0;
  // The word each row told last, -1 at the start -> log-probabilities of the next [rows * V].
  virtual std::vector<real> step(const std::vector<int32_t>& previous) = 0;
  // Row i goes on from what was row rows[i]; rows may repeat, vanish, and grow in number.
  virtual void reorder(const std::vector<int32_t>& rows) = 0;
};

enum class Sampling { greedy, beam, top_k, top_p };
Sampling sampling(const std::string& name);  // Error(usage) lists the names
std::string name(Sampling);

struct SearchOptions {
  Sampling sampling = Sampling::top_p;
  int64_t beam_width = 4;
  int64_t top_k = 40;        // top-k: so many of the likeliest words (Fan et al. 2018)
  double top_p = 0.9;        // top-p: the likeliest with this probability together (Holtzman 2020)
  double temperature = 0.7;  // probabilities p^(1/t), renormalised; 0 is greedy
  uint64_t seed = 0;
  int64_t stories = 1;  // greedy, top-k, top-p: told side by side, the i-th by stream i
  StoryRules rules;
};

// One word from log-probabilities [V], -infinity where none may come; not beam.
int32_t choose(std::span<const real> log_p, const SearchOptions& options, Rng& rng);

// Called after every word of a single story that is not searched by beam.
using OnWord = std::function<void(const std::vector<int32_t>& ids)>;

// `stories` finished drafts of a model that starts with one row, or by beam the one with the best
// mean log-probability a word. The same options on the same model give the same words; a story does
// not depend on how many are told.
std::vector<StoryDraft> search(WordModel& model, const WordClasses& classes,
                               const SearchOptions& options, const OnWord& on_word = {});

// The same for many starts at once, not by beam: the model starts with a row for each seed. The
// drafts of the i-th start are [i * stories, (i + 1) * stories).
std::vector<StoryDraft> search_side_by_side(WordModel& model, const WordClasses& classes,
                                            const SearchOptions& options,
                                            const std::vector<uint64_t>& seeds,
                                            const OnWord& on_word = {});

}  // namespace p2s

#pragma once

#include "infer/search.h"

namespace p2s {

// Beam search: each step keeps the `beam_width` best of all words of all live drafts. Finished
// drafts leave the beam; it ends when as many have finished as the beam is wide, or when none is
// live. The best by mean log-probability a word, among the finished, wins; the length limit of the
// rules makes every draft finish, so the answer is never empty.
StoryDraft beam_search(WordModel& model, const WordClasses& classes, const SearchOptions& options);

}  // namespace p2s

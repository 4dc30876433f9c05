#include "infer/search.h"

#include "infer/beam_search.h"

namespace p2s {
namespace {

struct Telling {
  StoryDraft draft;
  Rng rng;
};

// Lets the stories at `running` (rows of the model, in order) say one word each; `log_p` holds a
// row for each of them.
void say_word(std::vector<Telling>& tellings, const std::vector<size_t>& running,
              std::vector<real>& log_p, int64_t vocabulary, const SearchOptions& options) {
  for (size_t row = 0; row < running.size(); ++row) {
    Telling& telling = tellings[running[row]];
    const std::span<real> scores(log_p.data() + int64_t(row) * vocabulary, size_t(vocabulary));
    const std::vector<real> given(scores.begin(), scores.end());
    if (!telling.draft.constrain(scores)) {
      telling.draft.finish();
      continue;
    }
    const int32_t id = choose(scores, options, telling.rng);
    telling.draft.add(id, double(given[size_t(id)]));
  }
}

}  // namespace

std::vector<StoryDraft> search(WordModel& model, const WordClasses& classes,
                               const SearchOptions& options, const OnWord& on_word) {
  if (options.sampling == Sampling::beam) return {beam_search(model, classes, options)};
  std::vector<Telling> tellings;
  std::vector<size_t> running;
  for (size_t i = 0; i < size_t(options.stories); ++i) {
    tellings.push_back({StoryDraft(classes, options.rules), Rng(options.seed, i)});
    running.push_back(i);
  }
  std::vector<int32_t> rows(running.size(), 0), previous(running.size(), -1);
  while (!running.empty()) {
    model.reorder(rows);
    std::vector<real> log_p = model.step(previous);
    say_word(tellings, running, log_p, model.vocabulary(), options);
    if (on_word && options.stories == 1) on_word(tellings[0].draft.ids());
    rows.clear(), previous.clear();
    std::vector<size_t> going_on;
    for (size_t row = 0; row < running.size(); ++row) {
      const StoryDraft& draft = tellings[running[row]].draft;
      if (draft.finished()) continue;
      rows.push_back(int32_t(row)), previous.push_back(draft.ids().back());
      going_on.push_back(running[row]);
    }
    running = going_on;
  }
  std::vector<StoryDraft> drafts;
  for (Telling& telling : tellings) drafts.push_back(std::move(telling.draft));
  return drafts;
}

}  // namespace p2s

#include "infer/search.h"

#include "infer/beam_search.h"
#include "nn/base/parallel.h"

namespace p2s {
namespace {

struct Telling {
  StoryDraft draft;
  Rng rng;
};

// Lets each story at `running` (rows of the model, in order) say one word; `log_p` holds a row for
// each of them.
void say_word(std::vector<Telling>& tellings, const std::vector<size_t>& running,
              std::vector<real>& log_p, int64_t vocabulary, const SearchOptions& options) {
  parallel_for(int64_t(running.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      Telling& telling = tellings[running[size_t(row)]];
      const std::span<real> scores(log_p.data() + row * vocabulary, size_t(vocabulary));
      const std::vector<real> given(scores.begin(), scores.end());
      if (!telling.draft.constrain(scores)) {
        telling.draft.finish();
        continue;
      }
      const int32_t id = choose(scores, options, telling.rng);
      telling.draft.add(id, double(given[size_t(id)]));
    }
  });
}

}  // namespace

std::vector<StoryDraft> search(WordModel& model, const WordClasses& classes,
                               const SearchOptions& options, const OnWord& on_word) {
  if (options.sampling == Sampling::beam) return {beam_search(model, classes, options)};
  return search_side_by_side(model, classes, options, {options.seed}, on_word);
}

std::vector<StoryDraft> search_side_by_side(WordModel& model, const WordClasses& classes,
                                            const SearchOptions& options,
                                            const std::vector<uint64_t>& seeds,
                                            const OnWord& on_word) {
  std::vector<Telling> tellings;
  std::vector<size_t> running;
  std::vector<int32_t> rows, previous;
  for (size_t start = 0; start < seeds.size(); ++start) {
    for (int64_t story = 0; story < options.stories; ++story) {
      running.push_back(tellings.size());
      rows.push_back(int32_t(start)), previous.push_back(-1);
      tellings.push_back({StoryDraft(classes, options.rules), Rng(seeds[start], uint64_t(story))});
    }
  }
  while (!running.empty()) {
    model.reorder(rows);
    std::vector<real> log_p = model.step(previous);
    say_word(tellings, running, log_p, model.vocabulary(), options);
    if (on_word && tellings.size() == 1) on_word(tellings[0].draft.ids());
    rows.clear(), previous.clear();
    std::vector<size_t> going_on;
    for (size_t row = 0; row < running.size(); ++row) {
      const StoryDraft& draft = tellings[running[row]].draft;
      if (draft.finished()) continue;
      rows.push_back(int32_t(row)), previous.push_back(draft.ids().back());
      going_on.push_back(running[row]);
    }
    running = std::move(going_on);
  }
  std::vector<StoryDraft> drafts;
  for (Telling& telling : tellings) drafts.push_back(std::move(telling.draft));
  return drafts;
}

}  // namespace p2s

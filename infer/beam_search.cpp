#include "infer/beam_search.h"

#include <algorithm>
#include <limits>

namespace p2s {
namespace {

struct Hypothesis {
  StoryDraft draft;
  double score = 0;  // sum of constrained log-probabilities
};

struct Continuation {
  size_t parent;
  int32_t id;
  double score, log_p;
};

double mean_score(const Hypothesis& h) {
  return h.score / double(std::max<int64_t>(h.draft.steps(), 1));
}

// The best `width` continuations of one draft; none when no word may come.
void continue_draft(const Hypothesis& h, size_t parent, std::span<real> log_p, size_t width,
                    std::vector<Continuation>& into) {
  const std::vector<real> given(log_p.begin(), log_p.end());
  if (!h.draft.constrain(log_p)) return;
  std::vector<Continuation> own;
  for (size_t id = 0; id < log_p.size(); ++id) {
    if (log_p[id] == -std::numeric_limits<real>::infinity()) continue;
    own.push_back({parent, int32_t(id), h.score + double(log_p[id]), double(given[id])});
  }
  const size_t kept = std::min(width, own.size());
  std::partial_sort(own.begin(), own.begin() + int64_t(kept), own.end(),
                    [](const Continuation& a, const Continuation& b) { return a.score > b.score; });
  into.insert(into.end(), own.begin(), own.begin() + int64_t(kept));
}

}  // namespace

StoryDraft beam_search(WordModel& model, const WordClasses& classes, const SearchOptions& options) {
  const auto width = size_t(options.beam_width);
  const auto vocabulary = size_t(model.vocabulary());
  std::vector<Hypothesis> live = {{StoryDraft(classes, options.rules)}}, finished;
  std::vector<int32_t> rows = {0}, previous = {-1};
  while (!live.empty() && finished.size() < width) {
    model.reorder(rows);
    std::vector<real> log_p = model.step(previous);
    std::vector<Continuation> continuations;
    for (size_t i = 0; i < live.size(); ++i) {
      const size_t before = continuations.size();
      continue_draft(live[i], i, {log_p.data() + i * vocabulary, vocabulary}, width, continuations);
      if (continuations.size() == before) finished.push_back(live[i]);
    }
    std::stable_sort(continuations.begin(), continuations.end(),
                     [](const auto& a, const auto& b) { return a.score > b.score; });
    continuations.resize(std::min(continuations.size(), width));
    std::vector<Hypothesis> next;
    rows.clear(), previous.clear();
    for (const Continuation& c : continuations) {
      Hypothesis h = live[c.parent];
      h.draft.add(c.id, c.log_p);
      h.score = c.score;
      if (h.draft.finished()) {
        finished.push_back(std::move(h));
        continue;
      }
      rows.push_back(int32_t(c.parent)), previous.push_back(c.id);
      next.push_back(std::move(h));
    }
    live = std::move(next);
  }
  for (Hypothesis& h : finished) h.draft.finish();
  return std::max_element(
             finished.begin(), finished.end(),
             [](const auto& a, const auto& b) { return mean_score(a) < mean_score(b); })
      ->draft;
}

}  // namespace p2s

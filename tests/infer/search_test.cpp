#include "infer/search.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "nn/base/error.h"
#include "tests/infer/scripted_words.h"

using namespace p2s;

namespace {

std::vector<real> logs(const std::vector<double>& p) {
  std::vector<real> result;
  for (double x : p) result.push_back(real(std::log(x)));
  return result;
}

std::map<int32_t, double> frequencies(const std::vector<double>& p, const SearchOptions& options) {
  std::map<int32_t, double> counts;
  Rng rng(3);
  const std::vector<real> log_p = logs(p);
  for (int i = 0; i < 4000; ++i) counts[choose(log_p, options, rng)] += 1.0 / 4000;
  return counts;
}

const std::vector<std::string> kWords = {"<eos>", "<unk>", ".", "a", "b", "c", "d", "e"};

SearchOptions short_options(Sampling sampling, int64_t words) {
  SearchOptions options;
  options.sampling = sampling;
  options.rules.words = words;
  return options;
}

// Greedy falls for `a`; `b` leads to the likelier whole: b c . against a d .
std::vector<real> garden_path(const std::vector<int32_t>& so_far) {
  if (so_far.empty()) return {0, 0, 0, .6f, .4f, 0, 0, 0};
  if (so_far.size() == 2) return {0, 0, 1, 0, 0, 0, 0, 0};
  if (so_far[0] == 3) return {0, 0, 0, 0, 0, 0, .35f, .33f};
  return {0, 0, 0, 0, 0, .95f, .05f, 0};
}

}  // namespace

TEST_CASE("choose: greedy, and temperature 0, take the likeliest") {
  SearchOptions options;
  options.sampling = Sampling::greedy;
  CHECK(frequencies({.2, .5, .3}, options)[1] == doctest::Approx(1));
  options.sampling = Sampling::top_p;
  options.temperature = 0;
  CHECK(frequencies({.2, .5, .3}, options)[1] == doctest::Approx(1));
}

TEST_CASE("choose: top-k keeps the k likeliest, in their proportions") {
  SearchOptions options;
  options.sampling = Sampling::top_k;
  options.top_k = 2;
  options.temperature = 1;
  auto f = frequencies({.1, .2, .4, .3}, options);
  CHECK(f[0] == 0);
  CHECK(f[1] == 0);
  CHECK(f[2] == doctest::Approx(4.0 / 7).epsilon(0.05));
  options.temperature = 0.5;  // squares
  CHECK(frequencies({.1, .2, .4, .3}, options)[2] == doctest::Approx(16.0 / 25).epsilon(0.05));
}

TEST_CASE("choose: top-p keeps the fewest that reach p") {
  SearchOptions options;
  options.sampling = Sampling::top_p;
  options.temperature = 1;
  options.top_p = 0.65;
  auto f = frequencies({.1, .2, .4, .3}, options);
  CHECK(f[2] == doctest::Approx(4.0 / 7).epsilon(0.05));
  CHECK(f[3] == doctest::Approx(3.0 / 7).epsilon(0.05));
  CHECK(f[0] + f[1] == 0);
  options.top_p = 1;
  CHECK(frequencies({.1, .2, .4, .3}, options)[0] == doctest::Approx(.1).epsilon(0.15));
}

TEST_CASE("choose: a word that may not come never does") {
  SearchOptions options;
  options.temperature = 3;
  options.top_p = 1;
  std::vector<real> log_p = logs({.9, .05, .05});
  log_p[0] = -INFINITY;
  Rng rng(1);
  for (int i = 0; i < 500; ++i) CHECK(choose(log_p, options, rng) != 0);
}

TEST_CASE("search: beam finds the likelier whole where greedy does not") {
  const WordClasses classes(kWords);
  ScriptedWords greedy(8, garden_path), beam(8, garden_path);
  CHECK(search(greedy, classes, short_options(Sampling::greedy, 2))[0].ids() ==
        std::vector<int32_t>{3, 6, 2});
  const StoryDraft best = search(beam, classes, short_options(Sampling::beam, 2))[0];
  CHECK(best.ids() == std::vector<int32_t>{4, 5, 2});
  CHECK(best.log_probability() == doctest::Approx(std::log(.4 * .95)));
}

TEST_CASE("search: a beam of one is greedy") {
  const WordClasses classes(kWords);
  ScriptedWords model(8, garden_path);
  SearchOptions options = short_options(Sampling::beam, 2);
  options.beam_width = 1;
  CHECK(search(model, classes, options)[0].ids() == std::vector<int32_t>{3, 6, 2});
}

TEST_CASE("search: a beam that never meets an end still tells something") {
  const WordClasses classes(kWords);
  ScriptedWords model(
      8, [](const auto&) { return std::vector<real>{0, 0, 0, .2f, .2f, .2f, .2f, .2f}; });
  const StoryDraft draft = search(model, classes, short_options(Sampling::beam, 10))[0];
  CHECK(draft.words() >= 10);
  CHECK(draft.finished());
}

TEST_CASE("search: the same seed tells the same story, alone or among others") {
  const WordClasses classes(kWords);
  const auto next = [](const auto&) {
    return std::vector<real>{.02f, .1f, .08f, .2f, .2f, .15f, .15f, .1f};
  };
  const auto tell = [&](uint64_t seed, int64_t stories) {
    ScriptedWords model(8, next);
    SearchOptions options = short_options(Sampling::top_p, 12);
    options.seed = seed;
    options.stories = stories;
    return search(model, classes, options);
  };
  CHECK(tell(1, 1)[0].ids() == tell(1, 1)[0].ids());
  CHECK(tell(1, 1)[0].ids() != tell(2, 1)[0].ids());
  const auto several = tell(1, 5);
  REQUIRE(several.size() == 5);
  CHECK(several[0].ids() == tell(1, 1)[0].ids());
  std::set<std::vector<int32_t>> different;
  for (const StoryDraft& draft : several) different.insert(draft.ids());
  CHECK(different.size() == 5);
}

TEST_CASE("search: each word of a single story is shown as it comes") {
  const WordClasses classes(kWords);
  ScriptedWords model(8, garden_path);
  std::vector<std::vector<int32_t>> shown;
  search(model, classes, short_options(Sampling::greedy, 2),
         [&](const std::vector<int32_t>& ids) { shown.push_back(ids); });
  CHECK(shown == std::vector<std::vector<int32_t>>{{3}, {3, 6}, {3, 6, 2}});
}

TEST_CASE("search: names of the samplings") {
  for (const char* text : {"greedy", "beam", "top-k", "top-p"}) CHECK(name(sampling(text)) == text);
  CHECK_THROWS_WITH_AS(sampling("best"), doctest::Contains("greedy, beam, top-k, top-p"), Error);
}

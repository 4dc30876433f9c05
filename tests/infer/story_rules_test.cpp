#include "infer/story_rules.h"

#include <doctest/doctest.h>

#include <cmath>

#include "infer/search.h"
#include "nn/base/error.h"
#include "tests/infer/scripted_words.h"

using namespace p2s;

namespace {

const std::vector<std::string> kWords = {"<eos>", "<unk>", ".",   ",",    "“",   "”",
                                         "the",   "dog",   "ran", "home", "_",   "far",
                                         "‘",     "’",     "(",   "was",  "big", "man"};
enum : int32_t {
  eos,
  unk,
  stop,
  comma,
  open_quote,
  close_quote,
  the,
  dog,
  ran,
  home,
  mark,
  far,
  single_open,
  single_close,
  bracket,
  was,
  big,
  man
};

// Whether a word may come after others.
bool may_come(const std::vector<int32_t>& before, int32_t word, const StoryRules& rules = {}) {
  const WordClasses classes(kWords, 7);
  StoryDraft draft(classes, rules);
  for (int32_t id : before) draft.add(id, 0);
  std::vector<real> log_p(kWords.size(), 0);
  return draft.constrain(log_p) && log_p[size_t(word)] > -1e9;
}

}  // namespace

TEST_CASE("word classes") {
  const WordClasses classes(kWords, 7);
  CHECK(classes.of(eos) == WordClass::eos);
  CHECK(classes.of(unk) == WordClass::unfit);
  CHECK(classes.of(stop) == WordClass::end);
  CHECK(classes.of(comma) == WordClass::pause);
  CHECK(classes.of(mark) == WordClass::unfit);
  CHECK(classes.of(the) == WordClass::word);
  CHECK(classes.partner(open_quote) == close_quote);
  CHECK(classes.partner(single_open) == single_close);
  CHECK(classes.partner(bracket) == -1);
  CHECK_FALSE(classes.content(the));
  CHECK(classes.content(dog));
  CHECK_FALSE(classes.content(mark));
  CHECK(WordClasses({"<eos>", "<unk>", "é", "…"}).of(2) == WordClass::word);
  CHECK(WordClasses({"<eos>", "<unk>", "é", "…"}).of(3) == WordClass::unfit);
}

TEST_CASE("rules: marks stand where people put them") {
  CHECK_FALSE(may_come({}, unk));
  CHECK_FALSE(may_come({the, dog}, unk));
  CHECK_FALSE(may_come({the, dog}, mark));
  CHECK_FALSE(may_come({}, stop));
  CHECK_FALSE(may_come({}, comma));
  CHECK_FALSE(may_come({the, dog, comma}, stop));
  CHECK_FALSE(may_come({the, dog, stop}, comma));
  CHECK(may_come({the, dog}, stop));
  CHECK(may_come({the, dog}, comma));
  CHECK_FALSE(may_come({the}, the));
  CHECK(may_come({the, comma}, the));
}

TEST_CASE("rules: quotes are balanced") {
  CHECK(may_come({}, open_quote));
  CHECK_FALSE(may_come({the}, close_quote));
  CHECK_FALSE(may_come({open_quote}, close_quote));
  CHECK(may_come({open_quote, the}, close_quote));
  CHECK_FALSE(may_come({open_quote, the}, open_quote));
  CHECK_FALSE(may_come({open_quote, the, close_quote}, close_quote));
  CHECK(may_come({open_quote, the, single_open, dog}, single_close));
  CHECK_FALSE(may_come({open_quote, the, single_open, dog}, close_quote));
  CHECK_FALSE(may_come({open_quote}, single_open));
  CHECK_FALSE(may_come({the}, bracket));  // the vocabulary could not close it
  CHECK_FALSE(may_come({open_quote, ran, stop, close_quote}, stop));
  CHECK_FALSE(may_come({open_quote, ran, comma, close_quote}, comma));
  CHECK(may_come({open_quote, ran, close_quote}, comma));
}

TEST_CASE("rules: no n-gram occurs twice, punctuation aside") {
  CHECK_FALSE(may_come({the, dog, ran, comma, the, dog}, ran));
  CHECK_FALSE(may_come({the, dog, comma, ran, stop, the, dog}, ran));
  CHECK(may_come({the, dog, ran, comma, the, dog}, home));
  CHECK(may_come({the, dog, ran, comma, the}, dog));
  StoryRules rules;
  rules.ngram = 2;
  CHECK_FALSE(may_come({the, dog, ran, comma, the}, dog, rules));
  rules.ngram = 0;
  CHECK(may_come({the, dog, ran, comma, the, dog}, ran, rules));
}

TEST_CASE("rules: a content word costs more each time") {
  const WordClasses classes(kWords, 7);
  StoryRules rules;
  StoryDraft draft(classes, rules);
  for (int32_t id : {the, dog, ran, the, dog, home}) draft.add(id, 0);
  std::vector<real> log_p(kWords.size(), 0);
  draft.constrain(log_p);
  CHECK(log_p[dog] == doctest::Approx(-2 * rules.repetition));
  CHECK(log_p[ran] == doctest::Approx(-rules.repetition));
  CHECK(log_p[the] == 0);
  CHECK(log_p[far] == 0);
}

TEST_CASE("rules: a story ends with a sentence, not before its words are told") {
  StoryRules rules;
  rules.words = 3;
  const WordClasses classes(kWords, 7);
  const auto finished = [&](const std::vector<int32_t>& ids) {
    StoryDraft draft(classes, rules);
    for (int32_t id : ids) draft.add(id, 0);
    return draft.finished();
  };
  CHECK_FALSE(finished({the, dog, stop}));
  CHECK_FALSE(finished({the, dog, ran}));
  CHECK(finished({the, dog, ran, stop}));
  CHECK_FALSE(finished({open_quote, the, dog, ran, stop}));
  CHECK(finished({open_quote, the, dog, ran, stop, close_quote}));
  CHECK_FALSE(finished({open_quote, the, dog, ran, comma, close_quote}));
  CHECK_FALSE(
      may_come({open_quote, the, dog, ran, stop}, home, rules));  // only the quote may close
  CHECK(may_come({open_quote, the, dog, ran, stop}, close_quote, rules));
  CHECK_FALSE(may_come({the, dog, stop}, eos, rules));
  rules.words = 30;
  CHECK_FALSE(may_come({the, dog, stop}, eos, rules));
  std::vector<int32_t> long_enough(27, home);
  CHECK_FALSE(may_come(long_enough, eos, rules));
  long_enough.push_back(stop);
  CHECK(may_come(long_enough, eos, rules));
  long_enough.insert(long_enough.begin(), open_quote);
  CHECK_FALSE(may_come(long_enough, eos, rules));
}

TEST_CASE("rules: where no sentence end is likely, one is made so, and then forced") {
  StoryRules rules;
  rules.words = 4;
  const WordClasses classes(kWords, 7);
  StoryDraft draft(classes, rules);
  for (int i = 0; i < 10; ++i) draft.add(home, 0);
  std::vector<real> log_p(kWords.size(), 0);
  draft.constrain(log_p);
  CHECK(log_p[stop] == doctest::Approx(6 * rules.ending));
  while (draft.words() < rules.limit()) draft.add(home, 0);
  CHECK(draft.constrain(log_p));
  CHECK(log_p[stop] == 0);
  CHECK(std::isinf(log_p[dog]));
}

TEST_CASE("rules: whatever the model says, a story obeys them and ends") {
  const WordClasses classes(kWords, 7);
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Rng rng(seed);
    ScriptedWords model(int64_t(kWords.size()), [&](const auto&) {
      std::vector<real> p;
      for (size_t i = 0; i < kWords.size(); ++i) p.push_back(rng.uniform() + real(1e-3));
      return p;
    });
    SearchOptions options;
    options.seed = seed;
    options.sampling = seed % 4 == 3 ? Sampling::beam : Sampling::top_p;
    options.temperature = 1.5;
    options.rules.words = 20;
    const std::vector<StoryDraft> drafts = search(model, classes, options);
    REQUIRE(drafts.size() == 1);
    const std::vector<int32_t>& ids = drafts[0].ids();
    REQUIRE(!ids.empty());
    CHECK(drafts[0].words() >= options.rules.enough());
    CHECK(drafts[0].words() <= options.rules.limit());
    int depth = 0;
    for (int32_t id : ids) {
      CHECK(id != unk);
      CHECK(id != eos);
      depth += classes.of(id) == WordClass::opening;
      depth -= classes.of(id) == WordClass::closing;
      CHECK(depth >= 0);
    }
    CHECK(depth == 0);
    const WordClass last = classes.of(ids.back());
    CHECK((last == WordClass::end || last == WordClass::closing));
  }
}

TEST_CASE("rules: a vocabulary without marks or with too few words still ends") {
  const std::vector<std::string> words = {"<eos>", "<unk>", "a", "b"};
  const WordClasses classes(words);
  ScriptedWords model(4, [](const auto&) { return std::vector<real>{.25, .25, .25, .25}; });
  SearchOptions options;
  options.rules.words = 50;
  const std::vector<StoryDraft> drafts = search(model, classes, options);
  CHECK(drafts[0].words() >= 2);
  CHECK(drafts[0].finished());
  ScriptedWords again(4, [](const auto&) { return std::vector<real>{.25, .25, .25, .25}; });
  options.sampling = Sampling::beam;
  CHECK(search(again, classes, options)[0].words() >= 2);
}

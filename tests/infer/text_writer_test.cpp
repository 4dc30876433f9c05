#include "infer/text_writer.h"

#include <doctest/doctest.h>

#include <sstream>

#include "data/tokenizer.h"
#include "infer/search.h"
#include "tests/infer/scripted_words.h"

using namespace p2s;

namespace {

const std::vector<std::string> kStory = {"“",   "stop", ",",   "”",   "he", "said", ".",   "the",
                                         "sun", "--",   "it",  "was", "a",  "‘",    "red", "’",
                                         "one", "--",   "set", "...", "“",  "look", "!",   "”"};

}  // namespace

TEST_CASE("text writer: what is written word by word is the final text") {
  std::ostringstream out;
  TextWriter writer(out, detokenize);
  size_t last = 0, pieces = 0;
  for (size_t n = 1; n <= kStory.size(); ++n) {
    writer.update({kStory.begin(), kStory.begin() + int64_t(n)});
    pieces += out.str().size() > last;
    last = out.str().size();
  }
  writer.finish(detokenize(kStory));
  CHECK(out.str() == detokenize(kStory) + "\n");
  CHECK(pieces > kStory.size() / 2);
}

TEST_CASE("text writer: a name is not written before it is known whether it said the words") {
  const std::vector<std::string> story = {"“",  "stop", "!", "”",  "he",  "said", ".", "“",
                                          "no", "!",    "”", "he", "ran", "away", "."};
  std::ostringstream out;
  TextWriter writer(out, detokenize);
  for (size_t n = 1; n <= story.size(); ++n) {
    writer.update({story.begin(), story.begin() + int64_t(n)});
  }
  writer.finish(detokenize(story));
  CHECK(out.str() == "\"Stop!\" he said. \"No!\" He ran away.\n");
}

TEST_CASE("text writer: nothing shown is ever taken back, for all that the rules let through") {
  const std::vector<std::string> words = {"<eos>", "<unk>", ".",   "!",  ",", "“",  "”",
                                          "‘",     "’",     "...", "--", "i", "he", "said",
                                          "stop",  "a",     "the", "?",  "(", ")",  "café"};
  const WordClasses classes(words);
  for (uint64_t seed = 0; seed < 60; ++seed) {
    Rng rng(seed);
    ScriptedWords model(int64_t(words.size()), [&](const auto&) {
      std::vector<real> p;
      for (size_t i = 0; i < words.size(); ++i) p.push_back(rng.uniform() + real(1e-3));
      return p;
    });
    SearchOptions options;
    options.seed = seed;
    options.rules.words = 15;
    options.rules.ngram = 0;
    std::ostringstream out;
    TextWriter writer(out, detokenize);
    const auto tokens = [&](const std::vector<int32_t>& ids) {
      std::vector<std::string> result;
      for (int32_t id : ids) result.push_back(words[size_t(id)]);
      return result;
    };
    const auto drafts = search(model, classes, options, [&](const std::vector<int32_t>& ids) {
      writer.update(tokens(ids));
    });
    const std::string text = detokenize(tokens(drafts[0].ids()));
    writer.finish(text);
    CHECK(out.str() == text + "\n");
  }
}

#include "data/vocabulary.h"

#include <doctest/doctest.h>

#include "data/tokenizer.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

VocabularyBuilder counted(std::initializer_list<std::string_view> sentences) {
  VocabularyBuilder builder;
  for (const auto sentence : sentences) builder.add(tokenize(sentence));
  return builder;
}

std::string spelling(const Vocabulary& words, std::string_view word) {
  REQUIRE(words.id(word) != Vocabulary::kUnknown);
  return words.spelling(words.id(word));
}

}  // namespace

TEST_CASE("words come by falling frequency, equals in alphabetical order") {
  const Vocabulary words = counted({"b a c c", "c b a d"}).build(100);
  CHECK(words.words() == std::vector<std::string>{"<eos>", "UNK", "c", "a", "b", "d"});
  CHECK(words.counts() == std::vector<int64_t>{0, 0, 3, 2, 2, 1});
  CHECK(words.id("C") == 2);
  CHECK(words.id("<eos>") == Vocabulary::kUnknown);
  CHECK(words.ids({"d", "zebra"}) == std::vector<int32_t>{5, Vocabulary::kUnknown});
}

TEST_CASE("the limit counts <eos> and UNK; fewer words than the limit are fine") {
  const VocabularyBuilder builder = counted({"a a b b c"});
  CHECK(builder.build(4).words() == std::vector<std::string>{"<eos>", "UNK", "a", "b"});
  CHECK(builder.build(1'000'000).size() == 5);
  CHECK(builder.build(10, 2).size() == 4);
}

TEST_CASE("no words and no room are errors") {
  CHECK(contains(thrown_message(ErrorCode::format, [] { VocabularyBuilder().build(10); }), "word"));
  CHECK(
      contains(thrown_message(ErrorCode::format, [] { counted({"a"}).build(10, 2); }), "2 times"));
  thrown_message(ErrorCode::usage, [] { counted({"a"}).build(2); });
  thrown_message(ErrorCode::format, [] { Vocabulary({"<eos>", "UNK", "a"}, {"<eos>"}, {0}); });
  const auto twice = thrown_message(ErrorCode::format, [] {
    Vocabulary({"<eos>", "UNK", "a", "a"}, {"<eos>", "UNK", "a", "a"}, {0, 0, 1, 1});
  });
  CHECK(contains(twice, "'a'"));
}

TEST_CASE("the spelling is the usual one inside a sentence") {
  const Vocabulary words =
      counted({"The cat saw London and Éva.", "The dog. The bird. \"The end,\" he said of the cat.",
               "LONDON was far, I thought.", "In LONDON he and London I saw the USA.",
               "Captain Smith saw the captain and Captain Jones.", "THE CAT WAS LOST!"})
          .build(100);
  CHECK(spelling(words, "the") == "the");
  CHECK(spelling(words, "london") == "London");
  CHECK(spelling(words, "éva") == "Éva");
  CHECK(spelling(words, "i") == "I");
  CHECK(spelling(words, "usa") == "USA");
  CHECK(spelling(words, "captain") == "captain");
  CHECK(spelling(words, "lost") == "lost");
}

TEST_CASE("merged builders count like one, and the hash knows the words") {
  VocabularyBuilder first = counted({"x London y", "y y"});
  first.merge(counted({"x x x z", "in Paris"}));
  const Vocabulary merged = first.build(50);
  const Vocabulary together = counted({"x London y", "y y", "x x x z", "in Paris"}).build(50);
  CHECK(merged.words() == together.words());
  CHECK(merged.spellings() == together.spellings());
  CHECK(merged.counts() == together.counts());
  CHECK(merged.hash() == together.hash());
  CHECK(merged.hash() != first.build(5).hash());
}

TEST_CASE("rare forms are forgotten when there are too many") {
  VocabularyBuilder builder(1000);
  for (int i = 0; i < 3; ++i) builder.add({"common", "words"});
  for (int i = 0; i <= 1000; ++i) builder.add({std::to_string(i)});
  const Vocabulary words = builder.build(10'000);
  CHECK(words.size() < 510);
  CHECK(words.count(words.id("common")) == 3);
}

TEST_CASE("lower case by Unicode, bad bytes as they are") {
  CHECK(lower_case("ÉCOLE Straße ΑΒΓ \xFF Z") == "école straße αβγ \xFF z");
}

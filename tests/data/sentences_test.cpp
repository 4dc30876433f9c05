#include <doctest/doctest.h>

#include "data/books.h"

using namespace p2s;

namespace {

using Sentences = std::vector<std::string>;

// One paragraph, a | at each sentence's end.
void splits_at_bars(const std::string& marked) {
  Sentences expected;
  std::string paragraph;
  for (size_t at = 0; at <= marked.size();) {
    const size_t end = std::min(marked.find('|', at), marked.size());
    expected.push_back(marked.substr(at, end - at));
    paragraph += (paragraph.empty() ? "" : " ") + expected.back();
    at = end + 1;
  }
  CHECK(split_sentences(paragraph) == expected);
}

}  // namespace

TEST_CASE("plain sentences") {
  splits_at_bars("He came.|She went!|Did he see?|Nobody knows...|It ended");
  splits_at_bars("It was 3.5 miles.|20 men walked.|(They did.)|So it was.|Émile left.");
  CHECK(split_sentences("").empty());
  CHECK(split_sentences("  . . ! ").size() == 1);
}

TEST_CASE("abbreviations and initials do not end a sentence") {
  splits_at_bars("Mr. Brown met Dr. J. R. Smith of St. Ives.|He spoke to Capt. Hook.");
  splits_at_bars("She asked for No. 5.|He said no.|They came.");
  splits_at_bars("They sold tea, salt, etc. at the door.|They sold tea, etc.|They left.");
  splits_at_bars("He came at 5 p.m.|She left.|M. le Comte was M. Dupont.");
  splits_at_bars("It was I.|He saw Charles I. Stuart.");
}

TEST_CASE("speech") {
  splits_at_bars("'Stop!' he cried.|'Go!'|'No!'");
  splits_at_bars("\"Stop!\" he cried.|\"Why should I?\" I asked.|\"Come!\" Captain Smith cried.");
  splits_at_bars("\"Stop!\"|He ran.|\"I am here.\"|Tom said nothing.|“Yes.”|“No.”");
  splits_at_bars("\"Wait.|Come here,\" he said.|\"And then...\" she began.");
  splits_at_bars("He left!--and nobody came.|Oh! how cold.|Well... I think so.");
}

TEST_CASE("text without capitals is split as well") {
  splits_at_bars("he came.|she went.|it rained.");
}

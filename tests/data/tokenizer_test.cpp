#include "data/tokenizer.h"

#include <doctest/doctest.h>
#include <spdlog/fmt/ranges.h>

#include "data/utf8.h"

using namespace p2s;

namespace {

std::string spaced(std::string_view text) {
  return fmt::format("{}", fmt::join(tokenize(text), " "));
}

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

// `tokens` as a model gives them, blanks between.
std::string written(const std::string& tokens) { return detokenize(words(tokens)); }

}  // namespace

TEST_CASE("words keep inner apostrophes, hyphens and numbers") {
  CHECK(spaced("Don't say good-bye, will-o'-the-wisp!") ==
        "Don't say good-bye , will-o'-the-wisp !");
  CHECK(spaced("At 10:30 he paid £1,500.25 (or 5%).") ==
        "At 10:30 he paid £ 1,500.25 ( or 5 % ) .");
  CHECK(spaced("two- or three-fold") == "two- or three-fold");
  CHECK(spaced("the naïve Éloïse's café") == "the naïve Éloïse's café");
}

TEST_CASE("abbreviations and initials keep their dot") {
  CHECK(spaced("Mr. and Mrs. J. R. Smith met Capt. O'Neil at 5 p.m. sharp.") ==
        "Mr. and Mrs. J. R. Smith met Capt. O'Neil at 5 p.m. sharp .");
  CHECK(spaced("No. 5 and vol. 2, but he said no.") == "No. 5 and vol. 2 , but he said no .");
  CHECK(spaced("It was I.") == "It was I .");
  CHECK(spaced("Louis XIII. of France, the S. F. G.'s own") ==
        "Louis XIII. of France , the S. F. G.'s own");
  CHECK(spaced("He took his cap.") == "He took his cap .");
}

TEST_CASE("dashes and ellipses have one form") {
  CHECK(spaced("Yes\u2014no -- well---I... and . . . so\u2026 5\u20137") ==
        "Yes -- no -- well -- I ... and ... so ... 5-7");
  CHECK(spaced("\"What-\"") == "“ What -- ”");
}

TEST_CASE("double quotes open or close by where they stand") {
  CHECK(spaced("\"Stop!\" he cried--\"stop, I say!\"") ==
        "“ Stop ! ” he cried -- “ stop , I say ! ”");
  CHECK(spaced("“Curly,” said «she».") == "“ Curly , ” said “ she ” .");
  CHECK(spaced("``Old style,'' he said.") == "“ Old style , ” he said .");
  CHECK(spaced("and so on,\" he said.") == "and so on , ” he said .");
}

TEST_CASE("single quotes are told from apostrophes") {
  CHECK(spaced("'Stop!' he cried. 'Don't go.'") == "‘ Stop ! ’ he cried . ‘ Don't go . ’");
  CHECK(spaced("'Tis the dogs' dinner, an' I give 'em nothin' at six o'clock.") ==
        "'Tis the dogs' dinner , an' I give 'em nothin' at six o'clock .");
  CHECK(spaced("‘Tis late,’ said ‘Bob’.") == "'Tis late , ’ said ‘ Bob ’ .");
  CHECK(spaced("\"'Yes,' he said,\" she told me.") == "“ ‘ Yes , ’ he said , ” she told me .");
  CHECK(spaced("He called it 'the boys' own place' and left.") ==
        "He called it ‘ the boys' own place ’ and left .");
  CHECK(spaced("he said, 'and then?'") == "he said , ‘ and then ? ’");
}

TEST_CASE("emphasis marks, invisible characters and bad bytes do no harm") {
  CHECK(spaced("_so_ *it* is\u00AD\u200B") == "so it is");
  CHECK(spaced("caf\xE9 \x93quoted\x94") == "café “ quoted ”");
  CHECK(tokenize("").empty());
  CHECK(tokenize(" \t\n").empty());
  CHECK(detokenize({}).empty());
}

TEST_CASE("text comes back as it was") {
  for (const std::string_view text :
       {"\"Stop!\" he cried. \"You are too late; it's ten o'clock.\"",
        "Mr. Brown (of St. Ives) paid £5 for it--a good price, he thought.",
        "'I think,' he said, 'that we must go.'", "\"My father used to say, 'Never look back.'\"",
        "Well... that was the dogs' dinner, wasn't it?",
        "She laughed: \"Never!\" and ran 3.5 miles at 10:30 a.m. on Tuesday."}) {
    CHECK(detokenize(tokenize(text)) == text);
  }
}

TEST_CASE("a model's words are written as people write") {
  CHECK(written("“ stop ! ” he cried . “ i'm here , ” said captain London . i ran .") ==
        "\"Stop!\" he cried. \"I'm here,\" said Captain London. I ran.");
  CHECK(written("he said , “ go away , ” and then , “ come ! ”") ==
        "He said, \"Go away,\" and then, \"come!\"");
  CHECK(written("“ stop ! ” he turned away . “ oh ! how cold . ”") ==
        "\"Stop!\" He turned away. \"Oh! how cold.\"");
}

TEST_CASE("quotation marks are paired") {
  CHECK(written("“ i am here . you are late .") == "\"I am here. You are late.\"");
  CHECK(written("you are late , ” he said .") == "\"You are late,\" he said.");
  CHECK(written("he was ” late .") == "He was late.");
  CHECK(written("“ come , he said . “ go . ”") == "\"Come, he said.\" \"Go.\"");
  CHECK(written("he left . “ ”") == "He left.");
  CHECK(written("‘ so it is . “ yes . ”") == "'So it is. \"Yes.\"'");
}

TEST_CASE("the text ends with a sentence") {
  CHECK(written("he left . then she") == "He left.");
  CHECK(written("he left . “ then she ! ” maybe the") == "He left. \"Then she!\"");
  CHECK(written("then she ,") == "Then she.");
  CHECK(written("“ then she") == "\"Then she.\"");
  CHECK(written("“ but i -- ”") == "\"But I--\"");
  CHECK(written("“ yes , ”") == "\"Yes.\"");
  CHECK(written("he left with mr.") == "He left with mr.");
  CHECK(written(", --").empty());
}

TEST_CASE("bytes that are no UTF-8 are read as Windows-1252") {
  CHECK(encode_utf8(decode_utf8("a\xE9\x92z\xC3\xA9\xC3")) == "aé’zéÃ");
  CHECK(utf8_sequence("\xC3\xA9x") == 2);
  CHECK(utf8_sequence("\xA9") == 0);
}

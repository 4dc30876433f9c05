#pragma once

#include <string_view>

namespace p2s {

// Word lists that sentence splitting, tokenising and detokenising share. Words come in lower case,
// abbreviations without their dot.

// An abbreviation keeps its dot. `title`: a name follows, so the dot never ends a sentence ("Mr.");
// `word`: may also be the last word of a sentence ("etc."); `number`: an abbreviation only before a
// number ("No. 5").
enum class Abbreviation { none, title, word, number };
// Most are abbreviations only when they begin with a capital ("Gen.", but not "gen.").
Abbreviation abbreviation(std::string_view lower, bool capital);

// "'tis", "'em" (given with the apostrophe): an elision, not an opening quote.
bool is_elision(std::string_view lower);

// "an" of "an'", "o" of "o'": a word that an apostrophe may follow, given without it.
bool is_cut_short(std::string_view lower);

// "said", "cried": reports speech, so '"Stop!" Tom cried.' is one sentence.
bool is_speech_verb(std::string_view lower);

// "oh", "alas": goes on in lower case after its exclamation mark ("Oh! how cold it is.").
bool is_interjection(std::string_view lower);

// "Captain" before "Smith": takes a capital there, whatever its usual spelling is. Any case.
bool is_title_before_name(std::string_view word, std::string_view next);

}  // namespace p2s

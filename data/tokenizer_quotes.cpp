#include "data/tokenizer_quotes.h"

#include <algorithm>

#include "data/sentences_lexicon.h"
#include "data/utf8.h"

namespace p2s {
namespace {

// How far ahead a closing quote is looked for; bounds the work on hostile text.
constexpr size_t kLookAhead = 400;

bool word_char(char32_t c) { return is_letter(c) || is_digit(c); }

char32_t char_at(std::u32string_view text, size_t at) { return at < text.size() ? text[at] : U' '; }
char32_t char_before(std::u32string_view text, size_t at) { return at > 0 ? text[at - 1] : U' '; }

bool opens_bracket(char32_t c) { return c == U'(' || c == U'[' || c == U'\u201C'; }

// "dogs'", "goin'", "an'": the apostrophe at `at` may belong to the word before it.
bool may_be_elided(std::u32string_view text, size_t at) {
  const char32_t last = to_lower(char_before(text, at));
  if (last == U's') return true;
  size_t begin = at;
  while (begin > 0 && is_letter(text[begin - 1])) --begin;
  if (at - begin > 3 && last == U'n' && to_lower(text[at - 2]) == U'i') return true;
  return is_cut_short(lower_utf8(text, begin, at));
}

// Does a mark that can only close a quotation follow?
bool closes_later(std::u32string_view text, size_t at) {
  const size_t end = std::min(text.size(), at + kLookAhead);
  for (size_t i = at + 1; i < end; ++i) {
    if (text[i] != U'\'') continue;
    const char32_t before = text[i - 1], after = char_at(text, i + 1);
    if (is_blank(before) || word_char(after)) continue;
    if (word_char(before) && may_be_elided(text, i) && is_blank(after) && i + 1 < text.size()) {
      continue;
    }
    return true;
  }
  return false;
}

QuoteMark before_word(std::u32string_view text, size_t at) {
  const char32_t next = text[at + 1];
  const size_t end = word_end(text, at + 1);
  std::string elided(1, '\'');
  elided += lower_utf8(text, at + 1, end);
  if (is_elision(elided)) return QuoteMark::apostrophe;
  if (is_upper(next)) return QuoteMark::opening;
  if (is_digit(next)) {
    return closes_later(text, at) ? QuoteMark::opening : QuoteMark::apostrophe;
  }
  size_t before = at;
  while (before > 0 && is_blank(text[before - 1])) --before;
  const char32_t last = char_before(text, before);
  const bool after_pause = before > 0 && (last == U',' || last == U':' || last == U'"');
  return after_pause || text[at] == U'\u2018' || closes_later(text, at) ? QuoteMark::opening
                                                                        : QuoteMark::apostrophe;
}

}  // namespace

std::string lower_utf8(std::u32string_view text, size_t begin, size_t end) {
  std::string out;
  for (size_t i = begin; i < end; ++i) append_utf8(to_lower(text[i]), out);
  return out;
}

size_t word_end(std::u32string_view text, size_t at) {
  while (at < text.size() &&
         (word_char(text[at]) || (is_apostrophe(text[at]) && at > 0 && word_char(text[at - 1]) &&
                                  is_letter(char_at(text, at + 1))))) {
    ++at;
  }
  return at;
}

QuoteMark double_quote(std::u32string_view text, size_t at, bool open) {
  const char32_t before = char_before(text, at), after = char_at(text, at + 1);
  const bool blank_before = is_blank(before) || opens_bracket(before);
  const bool blank_after = is_blank(after);
  if (at == 0) return QuoteMark::opening;
  if (at + 1 == text.size()) return QuoteMark::closing;
  if (blank_before != blank_after) return blank_before ? QuoteMark::opening : QuoteMark::closing;
  if (blank_before) return open ? QuoteMark::closing : QuoteMark::opening;
  const bool after_opening = is_apostrophe(before) && (at < 2 || is_blank(text[at - 2]));
  if (after_opening) return QuoteMark::opening;
  const bool starts_word = word_char(after) || is_apostrophe(after);
  return before == U'-' && starts_word && !open ? QuoteMark::opening : QuoteMark::closing;
}

QuoteMark single_quote(std::u32string_view text, size_t at, bool open) {
  const char32_t before = char_before(text, at), after = char_at(text, at + 1);
  if (word_char(before)) {
    if (word_char(after)) return QuoteMark::apostrophe;
    if (!open) return QuoteMark::apostrophe;
    const bool belongs = may_be_elided(text, at) && closes_later(text, at);
    return belongs ? QuoteMark::apostrophe : QuoteMark::closing;
  }
  const bool opening_place = is_blank(before) || opens_bracket(before) || before == U'"' ||
                             is_apostrophe(before) || before == U'-';
  if (opening_place && word_char(after)) return before_word(text, at);
  if (is_blank(before)) {
    if (at + 1 < text.size() && !is_blank(after)) return QuoteMark::opening;
    return open ? QuoteMark::closing : QuoteMark::stray;
  }
  if (opens_bracket(before)) return QuoteMark::opening;
  if (word_char(after)) return open ? QuoteMark::closing : before_word(text, at);
  return QuoteMark::closing;
}

}  // namespace p2s

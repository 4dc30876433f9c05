#include <algorithm>

#include "data/books.h"
#include "data/sentences_lexicon.h"
#include "data/tokenizer_quotes.h"
#include "data/utf8.h"

namespace p2s {
namespace {

// How many words after a closing quote may stand before the verb of speech ("Captain John Smith
// cried.").
constexpr int kWordsBeforeVerb = 4;

bool is_terminator(char32_t c) { return c == U'.' || c == U'!' || c == U'?' || c == U'\u2026'; }

bool is_closer(char32_t c) {
  return c == U'"' || c == U'\'' || c == U')' || c == U']' || c == U'\u201D' || c == U'\u2019' ||
         c == U'\u00BB' || c == U'_' || c == U'*';
}

bool is_opener(char32_t c) {
  return c == U'"' || c == U'\'' || c == U'(' || c == U'[' || c == U'\u201C' || c == U'\u2018' ||
         c == U'\u00AB' || c == U'`' || c == U'_' || c == U'*';
}

bool is_dash(char32_t c) { return c == U'-' || c == U'\u2013' || c == U'\u2014'; }

bool is_quote_closer(char32_t c) { return is_closer(c) && c != U')' && c != U']'; }

class Splitter {
 public:
  explicit Splitter(std::u32string_view text)
      : text_(text), has_capitals_(std::any_of(text.begin(), text.end(), is_upper)) {}

  std::vector<std::string> run() {
    size_t begin = 0, at = 0;
    while (at < text_.size()) {
      if (!is_terminator(text_[at])) {
        ++at;
        continue;
      }
      const size_t first = at;
      at = end_of_marks(at);
      const size_t marks_end = at;
      while (at < text_.size() && is_closer(text_[at])) ++at;
      if (at < text_.size() && ends_sentence(first, marks_end, at)) {
        add(begin, at);
        begin = at;
      }
    }
    add(begin, text_.size());
    return std::move(sentences_);
  }

 private:
  char32_t char_at(size_t at) const { return at < text_.size() ? text_[at] : U' '; }

  // "?!", "...", ". . ."
  size_t end_of_marks(size_t at) const {
    for (;;) {
      while (is_terminator(char_at(at))) ++at;
      if (!is_blank(char_at(at)) || char_at(at + 1) != U'.') return at;
      at += 2;
    }
  }

  // Marks text_[first, marks_end), closing marks up to `end`: does a sentence end there?
  bool ends_sentence(size_t first, size_t marks_end, size_t end) const {
    if (!is_blank(text_[end])) return false;
    size_t next = end;
    while (is_blank(char_at(next)) && next < text_.size()) ++next;
    if (next == text_.size()) return true;
    while (next < text_.size() && (is_opener(text_[next]) || is_dash(text_[next]))) ++next;
    const char32_t letter = char_at(next);
    const bool starts_small = has_capitals_ && is_lower(letter);
    if (starts_small || (!is_letter(letter) && !is_digit(letter))) return false;
    const bool quoted = end > marks_end && is_quote_closer(text_[end - 1]);
    const bool full_stop = marks_end - first == 1 && text_[first] == U'.';
    if (full_stop) return !keeps_dot(first, quoted, letter);
    if (!quoted) return text_[first] != U'.' || !is_pronoun_i(next);
    return !speech_follows(next);
  }

  bool is_pronoun_i(size_t at) const { return char_at(at) == U'I' && !is_letter(char_at(at + 1)); }

  bool keeps_dot(size_t dot, bool quoted, char32_t next_letter) const {
    size_t begin = dot;
    while (begin > 0 && is_letter(text_[begin - 1])) --begin;
    const size_t length = dot - begin;
    if (length == 0 || length > 8) return false;
    const bool capital = is_upper(text_[begin]);
    if (length == 1 && begin > 0 && text_[begin - 1] == U'.') return false;
    if (length == 1 && capital && !quoted) {
      return text_[begin] != U'I' || capital_before(begin);
    }
    switch (abbreviation(lower_utf8(text_, begin, dot), capital)) {
      case Abbreviation::title:
        return !quoted;
      case Abbreviation::number:
        return is_digit(next_letter);
      case Abbreviation::word:
      case Abbreviation::none:
        break;
    }
    return false;
  }

  // "Charles I. of England": the word before text_[at] begins with a capital.
  bool capital_before(size_t at) const {
    if (at == 0 || !is_blank(text_[at - 1])) return false;
    size_t begin = --at;
    while (begin > 0 && is_letter(text_[begin - 1])) --begin;
    return begin < at && is_upper(text_[begin]);
  }

  // After a quotation that ends with ! or ?: a name or "I" with a verb of speech, as in
  // '"Stop!" Captain Smith cried.'
  bool speech_follows(size_t at) const {
    for (int word = 0; word < kWordsBeforeVerb; ++word) {
      const size_t end = word_end(text_, at);
      if (end == at) return false;
      const std::string lower = lower_utf8(text_, at, end);
      if (word > 0 && is_speech_verb(lower)) return true;
      if (word == 0 && starts_sentences(lower)) return false;
      at = end;
      if (char_at(at) == U'.' && abbreviation(lower, true) == Abbreviation::title) ++at;
      if (!is_blank(char_at(at))) return false;
      while (is_blank(char_at(at)) && at < text_.size()) ++at;
    }
    return false;
  }

  // With a capital these begin a sentence of their own: '"Stop!" He ran.'
  static bool starts_sentences(const std::string& lower) {
    static const std::initializer_list<std::string_view> kWords = {
        "he",    "she", "it",  "they", "we",   "you", "the",  "a",     "an",    "this", "that",
        "these", "his", "her", "my",   "its",  "our", "your", "their", "there", "then", "and",
        "but",   "so",  "as",  "when", "what", "who", "how",  "why",   "if",    "in",   "at"};
    return std::find(kWords.begin(), kWords.end(), lower) != kWords.end();
  }

  void add(size_t begin, size_t end) {
    while (begin < end && is_blank(text_[begin])) ++begin;
    while (end > begin && is_blank(text_[end - 1])) --end;
    if (begin == end) return;
    const auto piece = text_.substr(begin, end - begin);
    const bool has_word = std::any_of(piece.begin(), piece.end(),
                                      [](char32_t c) { return is_letter(c) || is_digit(c); });
    if (has_word || sentences_.empty()) {
      sentences_.push_back(encode_utf8(piece));
    } else {
      sentences_.back().append(" ").append(encode_utf8(piece));
    }
  }

  std::u32string_view text_;
  bool has_capitals_;
  std::vector<std::string> sentences_;
};

}  // namespace

std::vector<std::string> split_sentences(const std::string& paragraph) {
  const std::u32string text = decode_utf8(paragraph);
  return Splitter(text).run();
}

}  // namespace p2s

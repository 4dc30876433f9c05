#include "data/tokenizer.h"

#include <algorithm>

#include "data/sentences_lexicon.h"
#include "data/tokenizer_quotes.h"
#include "data/utf8.h"

namespace p2s {
namespace {

constexpr char32_t kOpenSingle = U'\u2018', kOpenDouble = U'\u201C', kCloseDouble = U'\u201D';

bool word_char(char32_t c) { return is_letter(c) || is_digit(c); }

// Marks that mean nothing in prose: emphasis (_so_, *so*), table rules, mark-up.
bool is_noise(char32_t c) {
  return c < 0x20 || c == 0xAD || c == 0xFEFF || (c >= 0x200B && c <= 0x200F) || c == U'_' ||
         c == U'*' || c == U'|' || c == U'~' || c == U'^' || c == U'\\' || c == U'<' || c == U'>' ||
         c == U'#' || c == U'{' || c == U'}';
}

// One spelling for the many forms of dashes, quotes, ellipses and blanks.
std::u32string with_plain_marks(std::u32string_view text) {
  std::u32string out;
  out.reserve(text.size() + 8);
  for (size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    const char32_t next = i + 1 < text.size() ? text[i + 1] : U' ';
    switch (c) {
      case U'\u2019':
      case U'\u201B':
      case U'\u2032':
      case U'\u02BC':
        out += U'\'';
        break;
      case U'\u201E':
      case U'\u201F':
      case U'\u00AB':
        out += kOpenDouble;
        break;
      case U'\u00BB':
        out += kCloseDouble;
        break;
      case U'\u2033':
        out += U'"';
        break;
      case U'\u2026':
        out += U"...";
        break;
      case U'\u2014':
      case U'\u2015':
      case U'\u2E3A':
      case U'\u2E3B':
        out += U"--";
        break;
      case U'\u2013':
        out += i > 0 && is_digit(text[i - 1]) && is_digit(next) ? U"-" : U"--";
        break;
      case U'\u2010':
      case U'\u2011':
      case U'\u2212':
        out += U'-';
        break;
      case U'`':
      case U'\'':
        if (next != c) {
          out += c == U'`' ? kOpenSingle : c;
        } else {
          out += c == U'`' ? kOpenDouble : U'"';
          ++i;
        }
        break;
      default:
        if (is_blank(c)) {
          out += U' ';
        } else if (!is_noise(c)) {
          out += c;
        }
    }
  }
  return out;
}

class Tokenizer {
 public:
  explicit Tokenizer(std::u32string text) : text_(std::move(text)) {}

  std::vector<std::string> run() {
    while (at_ < text_.size()) {
      const char32_t c = text_[at_];
      if (is_blank(c)) {
        ++at_;
      } else if (word_char(c) || (c == U'&' && char_at(at_ + 1) == U'c')) {
        word(at_);
      } else if (is_apostrophe(c)) {
        apostrophe();
      } else if (c == U'"' || c == kOpenDouble || c == kCloseDouble) {
        quote(c);
      } else if (c == U'-') {
        dash();
      } else if (c == U'.') {
        dots();
      } else {
        emit(at_, at_ + 1);
      }
    }
    return std::move(tokens_);
  }

 private:
  char32_t char_at(size_t at) const { return at < text_.size() ? text_[at] : U' '; }

  void emit(size_t begin, size_t end) {
    tokens_.push_back(encode_utf8(std::u32string_view(text_).substr(begin, end - begin)));
    at_ = end;
  }
  void emit_mark(const char* mark, size_t end) {
    tokens_.emplace_back(mark);
    at_ = end;
  }

  // Nothing but closing marks follows.
  bool ends_sentence(size_t at) const {
    while (at < text_.size() && !word_char(text_[at])) ++at;
    return at == text_.size();
  }

  // "a.m.", "U.S.", "J.R.": the end of letters that each have a dot; `begin` if there are not two.
  size_t dotted_end(size_t begin) const {
    size_t end = begin;
    while (is_letter(char_at(end)) && char_at(end + 1) == U'.') end += 2;
    return end - begin >= 4 && !is_letter(char_at(end)) && char_at(end) != U'.' ? end : begin;
  }

  bool joins_words(size_t at) const {
    const char32_t c = char_at(at), next = char_at(at + 1);
    const bool digits = is_digit(text_[at - 1]) && is_digit(next);
    if (c == U'.' || c == U',' || c == U':') return digits;
    if (is_apostrophe(c)) {
      return is_letter(next) || (next == U'-' && is_letter(char_at(at + 2)));
    }
    return c == U'-' && (word_char(next) || (next == U'\'' && is_letter(char_at(at + 2))));
  }

  // "Louis XIII. of France"
  bool is_roman_numeral(size_t begin, size_t end) const {
    return std::all_of(text_.begin() + std::ptrdiff_t(begin), text_.begin() + std::ptrdiff_t(end),
                       [](char32_t c) {
                         return std::u32string_view(U"IVXLC").find(c) != std::u32string_view::npos;
                       });
  }

  // Does the word text_[begin, end) keep the dot that follows it?
  bool keeps_dot(size_t begin, size_t end) const {
    if (char_at(end) != U'.' || char_at(end + 1) == U'.') return false;
    if (text_[begin] == U'&') return true;
    const bool capital = is_upper(text_[begin]);
    if (end - begin == 1 && capital) {
      return !ends_sentence(end) && (text_[begin] != U'I' || is_upper(char_at(end + 2)));
    }
    if (capital && is_lower(char_at(end + 2)) && is_roman_numeral(begin, end)) return true;
    switch (abbreviation(lower_utf8(text_, begin, end), capital)) {
      case Abbreviation::title:
      case Abbreviation::word:
        return true;
      case Abbreviation::number:
        return is_blank(char_at(end + 1)) && is_digit(char_at(end + 2));
      case Abbreviation::none:
        break;
    }
    return false;
  }

  // "the S.F.G.'s", "Esq.'s": after a dot.
  size_t possessive_end(size_t end) const {
    const bool possessive = char_at(end) == U'\'' && char_at(end + 1) == U's';
    return possessive && !word_char(char_at(end + 2)) ? end + 2 : end;
  }

  // `begin` may be an apostrophe that belongs to the word.
  void word(size_t begin) {
    size_t end = dotted_end(begin);
    if (end > begin) return emit(begin, possessive_end(end));
    end = begin + 1;
    while (end < text_.size() && (word_char(text_[end]) || joins_words(end))) ++end;
    if (keeps_dot(begin, end)) return emit(begin, possessive_end(end + 1));
    if (is_apostrophe(char_at(end)) &&
        single_quote(text_, end, single_open_) == QuoteMark::apostrophe) {
      ++end;
    } else if (char_at(end) == U'-' && is_blank(char_at(end + 1)) && is_lower(char_at(end + 2))) {
      ++end;
    }
    std::replace(text_.begin() + std::ptrdiff_t(begin), text_.begin() + std::ptrdiff_t(end),
                 kOpenSingle, U'\'');
    emit(begin, end);
  }

  void apostrophe() {
    switch (single_quote(text_, at_, single_open_)) {
      case QuoteMark::opening:
        single_open_ = true;
        return emit_mark("\u2018", at_ + 1);
      case QuoteMark::closing:
        single_open_ = false;
        return emit_mark("\u2019", at_ + 1);
      case QuoteMark::apostrophe:
        if (word_char(char_at(at_ + 1))) return word(at_);
        [[fallthrough]];
      case QuoteMark::stray:
        ++at_;
    }
  }

  void quote(char32_t c) {
    const bool opening = c == kOpenDouble || (c == U'"' && double_quote(text_, at_, double_open_) ==
                                                               QuoteMark::opening);
    double_open_ = opening;
    emit_mark(opening ? "\u201C" : "\u201D", at_ + 1);
  }

  void dash() {
    size_t end = at_;
    while (char_at(end) == U'-') ++end;
    emit_mark("--", end);
  }

  void dots() {
    size_t end = at_ + 1, count = 1;
    for (;;) {
      const size_t next = is_blank(char_at(end)) ? end + 1 : end;
      if (char_at(next) != U'.' || next >= text_.size()) break;
      end = next + 1;
      ++count;
    }
    emit_mark(count > 1 ? "..." : ".", end);
  }

  std::u32string text_;
  size_t at_ = 0;
  bool single_open_ = false, double_open_ = false;
  std::vector<std::string> tokens_;
};

}  // namespace

std::vector<std::string> tokenize(std::string_view sentence) {
  return Tokenizer(with_plain_marks(decode_utf8(sentence))).run();
}

}  // namespace p2s

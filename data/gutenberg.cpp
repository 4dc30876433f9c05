#include "data/gutenberg.h"

#include <algorithm>
#include <vector>

#include "data/tokenizer_quotes.h"
#include "data/utf8.h"
#include "data/vocabulary.h"

namespace p2s {
namespace {

using Text = std::u32string_view;

constexpr size_t kLongestHeading = 200, kLongestTitle = 80, kLongestNote = 1500;

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

Text trimmed(Text text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<Text> lines_of(Text block) {
  std::vector<Text> lines;
  while (!block.empty()) {
    const size_t end = std::min(block.find(U'\n'), block.size());
    if (const Text line = trimmed(block.substr(0, end)); !line.empty()) lines.push_back(line);
    block.remove_prefix(std::min(end + 1, block.size()));
  }
  return lines;
}

// Letters and digits between other characters, in lower case; the original's first letter's case
// is kept beside it.
struct Word {
  std::string lower;
  bool capital;
  size_t end;  // in the text
};

std::vector<Word> words_of(Text text, size_t most) {
  std::vector<Word> words;
  for (size_t at = 0; at < text.size() && words.size() < most;) {
    if (!is_letter(text[at]) && !is_digit(text[at])) {
      ++at;
      continue;
    }
    const size_t end = word_end(text, at);
    words.push_back({lower_utf8(text, at, end), !is_lower(text[at]), end});
    at = end;
  }
  return words;
}

bool is_roman(Text word) {
  return !word.empty() && word.size() <= 8 && std::all_of(word.begin(), word.end(), [](char32_t c) {
    return Text(U"IVXLCivxlc").find(c) != Text::npos;
  });
}

bool is_number_word(const std::string& word) {
  return is_one_of(
      word, {"one",     "two",     "three",      "four",       "five",      "six",      "seven",
             "eight",   "nine",    "ten",        "eleven",     "twelve",    "thirteen", "fourteen",
             "fifteen", "sixteen", "seventeen",  "eighteen",   "nineteen",  "twenty",   "thirty",
             "forty",   "fifty",   "first",      "second",     "third",     "fourth",   "fifth",
             "sixth",   "seventh", "eighth",     "ninth",      "tenth",     "eleventh", "twelfth",
             "last",    "final",   "thirteenth", "fourteenth", "fifteenth", "sixteenth"});
}

bool is_number(const std::string& word) {
  const std::u32string letters = decode_utf8(word);
  return is_roman(letters) || is_digit(letters[0]) || is_number_word(word);
}

bool is_all_capitals(Text text) {
  size_t upper = 0, lower = 0;
  for (const char32_t c : text) {
    upper += is_upper(c);
    lower += is_lower(c);
  }
  return upper >= 2 && lower * 10 <= upper;
}

bool is_shouted_speech(Text text) {
  const bool quoted = text.front() == U'"' || text.front() == U'\u201C';
  return quoted && text.find_first_of(U"!?") != Text::npos;
}

// "IV", "12.", "[3]", "IV. The Storm"
bool starts_with_number(Text text) {
  const auto words = words_of(text, 15);
  if (words.empty()) return false;
  size_t begin = 0;
  while (!is_letter(text[begin]) && !is_digit(text[begin])) ++begin;
  const Text first = text.substr(begin, words[0].end - begin);
  const bool roman = is_roman(first) && is_upper(first[0]);
  const bool digits = std::all_of(first.begin(), first.end(), is_digit);
  if (!roman && !digits) return false;
  if (words.size() == 1) return text.size() <= first.size() + 4;
  const char32_t mark = text[words[0].end];
  const bool marked = mark == U'.' || mark == U':' || mark == U')' || mark == U'-' ||
                      (roman && first.size() > 1 && is_blank(mark));
  if (!marked || text.size() > kLongestTitle || words.size() > 14) return false;
  size_t capitals = 0, small = 0;
  for (size_t i = 1; i < words.size(); ++i) {
    if (words[i].lower.size() <= 3) continue;
    (words[i].capital ? capitals : small) += 1;
  }
  return words[1].capital && capitals >= small && Text(U"!?\"',;").find(text.back()) == Text::npos;
}

bool is_named_part(Text text) {
  const auto words = words_of(text, 7);
  if (words.empty() || !words[0].capital || text.size() > kLongestNote) return false;
  const size_t longest = words.size() > 6 ? 0 : 60;
  return text.size() <= longest && Text(U"!?,;\"").find(text.back()) == Text::npos &&
         is_one_of(words[0].lower,
                   {"prologue", "epilogue", "preface", "introduction", "contents", "appendix",
                    "conclusion", "finis", "foreword", "interlude", "postscript", "dedication",
                    "illustrations", "footnotes", "notes"});
}

// "The Five Orange Pips": every longer word has a capital, and no sentence ends here.
bool is_title(Text text) {
  if (text.size() > kLongestTitle || !(is_upper(text.front()) || is_digit(text.front()))) {
    return false;
  }
  if (!is_letter(text.back()) && !is_digit(text.back()) && text.back() != U')') return false;
  for (const Word& word : words_of(text, 40)) {
    if (word.lower.size() > 4 && !word.capital) return false;
  }
  const auto words = words_of(text, 40);
  return words.size() == 1 || words.back().capital;
}

bool is_heading_line(Text line) {
  return is_numbered_heading(line) || starts_with_number(line) || is_named_part(line) ||
         (is_all_capitals(line) && line.size() <= kLongestHeading && !is_shouted_speech(line)) ||
         is_title(line);
}

bool is_gap(Text block) {
  return std::none_of(block.begin(), block.end(),
                      [](char32_t c) { return is_letter(c) || is_digit(c); });
}

bool is_apparatus(Text block) {
  if (block.size() > kLongestNote) return false;
  if (block.front() == U'[' && block.back() == U']') return true;
  const std::string lower = lower_utf8(block, 0, block.size());
  if (contains(lower, "project gutenberg") || contains(lower, "distributed proofread") ||
      contains(lower, "www.")) {
    return true;
  }
  for (const std::string_view start :
       {"transcriber", "[transcriber", "produced by", "e-text prepared", "etext prepared",
        "this etext", "this e-text", "this ebook", "scanned by", "transcribed by", "[illustration",
        "illustration:", "[footnote", "footnote ", "copyright", "all rights reserved", "printed in",
        "published by", "first published"}) {
    if (lower.starts_with(start)) return true;
  }
  return false;
}

// A table of contents or a list of pictures: mostly headings or page numbers.
bool is_list(const std::vector<Text>& lines) {
  if (lines.size() < 4) return false;
  const auto listed = std::count_if(lines.begin(), lines.end(), [](Text line) {
    return line.size() <= kLongestTitle && (is_heading_line(line) || is_digit(line.back()));
  });
  return size_t(listed) * 10 >= lines.size() * 7;
}

// The end of a bracket that starts at `at` and is a note mark or a picture; `at` if it is neither.
size_t note_end(Text text, size_t at) {
  const char32_t close = text[at] == U'[' ? U']' : U'}';
  const size_t length = text.substr(at, kLongestNote).find(close);
  if (length == Text::npos) return at;
  const size_t end = at + length;
  const Text inner = text.substr(at + 1, length - 1);
  const std::string lower = lower_utf8(inner, 0, inner.size());
  const bool mark =
      inner.size() <= 4 && !inner.empty() &&
      std::all_of(inner.begin(), inner.end(), [](char32_t c) { return is_digit(c) || c == U'*'; });
  const bool letter = inner.size() == 1 && is_upper(inner[0]);
  const bool page = lower.starts_with("pg ") || lower.starts_with("page ");
  return mark || letter || page || lower.starts_with("illustration") ? end + 1 : at;
}

}  // namespace

GutenbergMarker gutenberg_marker(std::string_view line) {
  if (line.size() > 300 || line.size() < 10) return GutenbergMarker::none;
  const std::string lower = lower_case(line);
  const bool named = contains(lower, "project gutenberg");
  if (named && contains(lower, "***")) {
    if (contains(lower, "start of th")) return GutenbergMarker::start;
    if (contains(lower, "end of th")) return GutenbergMarker::end;
  }
  if (contains(lower, "end*the small print") || contains(lower, "end the small print")) {
    return GutenbergMarker::start;
  }
  if (named && (lower.starts_with("end of project") || lower.starts_with("end of the project") ||
                lower.starts_with("end of this project"))) {
    return GutenbergMarker::end;
  }
  return GutenbergMarker::none;
}

bool is_numbered_heading(Text line) {
  line = trimmed(line);
  if (line.empty() || line.size() > kLongestHeading) return false;
  const auto words = words_of(line, 4);
  if (words.size() < 2 || !words[0].capital) return false;
  if (!is_one_of(words[0].lower, {"chapter", "book", "part", "volume", "section", "canto", "letter",
                                  "act", "scene", "stave", "chap", "episode", "vol"})) {
    return words[0].lower == "the" && words[1].lower == "end" && line.size() <= 12;
  }
  const bool the = words[1].lower == "the" && words.size() > 2;
  const std::string& number = words[the ? 2 : 1].lower;
  if (!is_number(number)) return false;
  const char32_t after = line.size() > words[the ? 2 : 1].end ? line[words[the ? 2 : 1].end] : U' ';
  // "Book two was gone." is prose: a small word follows without a mark.
  const size_t number_at = the ? 2 : 1;
  return !(is_blank(after) && words.size() > number_at + 1 && !words[number_at + 1].capital);
}

BlockKind block_kind(Text block) {
  block = trimmed(block);
  if (block.empty() || is_gap(block)) return BlockKind::gap;
  if (is_apparatus(block)) return BlockKind::apparatus;
  const auto lines = lines_of(block);
  if (is_list(lines)) return BlockKind::heading;
  if (block.size() > 2 * kLongestHeading) return BlockKind::prose;
  if (lines.size() <= 4 && is_heading_line(lines[0])) {
    const bool rest = std::all_of(lines.begin() + 1, lines.end(), [&](Text line) {
      return is_heading_line(line) || is_numbered_heading(lines[0]);
    });
    if (rest) return BlockKind::heading;
  }
  return BlockKind::prose;
}

std::u32string clean_block(Text block) {
  std::u32string out;
  out.reserve(block.size());
  bool line_end = false;
  for (size_t at = 0; at < block.size(); ++at) {
    const char32_t c = block[at];
    if (is_blank(c)) {
      line_end = line_end || c == U'\n';
      if (!out.empty() && out.back() != U' ') out += U' ';
      continue;
    }
    if (c == U'[' || c == U'{') {
      if (const size_t end = note_end(block, at); end > at) {
        at = end - 1;
        continue;
      }
    }
    if (c == U'_' || c == U'*' || c == 0xFEFF) continue;
    const bool after_hyphen = line_end && out.size() > 2 && out.back() == U' ' &&
                              out[out.size() - 2] == U'-' && !is_blank(out[out.size() - 3]);
    if (after_hyphen) out.pop_back();
    line_end = false;
    out += c;
  }
  while (!out.empty() && out.back() == U' ') out.pop_back();
  return out;
}

}  // namespace p2s

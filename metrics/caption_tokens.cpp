#include "metrics/caption_tokens.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>
#include <string_view>

namespace p2s {
namespace {

// Dropped after cutting. The brackets' names are not among them: COCO's tokeniser writes them in
// lower case, and its list of punctuation has them in upper case.
constexpr std::array<std::string_view, 14> kPunctuation = {"''", "'", "``", "`",  ".",   "?", "!",
                                                           ",",  ":", "-",  "--", "...", ";", "\""};

constexpr std::array<std::string_view, 18> kAbbreviations = {
    "st.", "ave.", "dr.", "mr.",  "mrs.", "ms.",   "jr.", "sr.", "no.",
    "vs.", "etc.", "co.", "inc.", "ltd.", "blvd.", "rd.", "mt.", "ft."};

constexpr std::array<std::string_view, 6> kEndings = {"'s", "'m", "'d", "'re", "'ve", "'ll"};

// Words that are two: the place where they are cut.
struct Compound {
  std::string_view word;
  size_t cut;
};
constexpr std::array<Compound, 6> kCompounds = {
    {{"cannot", 3}, {"gonna", 3}, {"gotta", 3}, {"gimme", 3}, {"lemme", 3}, {"wanna", 3}}};

bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (static_cast<unsigned char>(c) & 0x80); }

std::string lower(std::string text) {
  for (char& c : text) c = char(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string_view bracket_name(char c) {
  switch (c) {
    case '(':
      return "-lrb-";
    case ')':
      return "-rrb-";
    case '[':
      return "-lsb-";
    case ']':
      return "-rsb-";
    case '{':
      return "-lcb-";
    case '}':
      return "-rcb-";
    default:
      return "";
  }
}

// u.s. and i. but not "end.": letters with a point after each.
bool acronym(std::string_view word) {
  if (word.size() < 2 || word.size() % 2 != 0) return false;
  for (size_t i = 0; i < word.size(); i += 2) {
    if (!letter(word[i]) || word[i + 1] != '.') return false;
  }
  return true;
}

class Cutter {
 public:
  // `last`: nothing follows, so that a point ends the sentence.
  void chunk(std::string_view text, bool last) {
    size_t begin = 0;
    for (size_t i = 0; i <= text.size(); ++i) {
      if (i < text.size() && !separates(text, i)) continue;
      const bool to_the_end = last && rest_is_marks(text, i);
      if (i > begin) word(text.substr(begin, i - begin), to_the_end);
      if (i == text.size()) break;
      const bool dashes = text.compare(i, 2, "--") == 0;
      mark(text.substr(i, dashes ? 2 : 1));
      i += dashes ? 1 : 0;
      begin = i + 1;
    }
  }
  Tokens take() { return std::move(tokens_); }

 private:
  // Marks that stand apart wherever they are.
  static bool separates(std::string_view text, size_t i) {
    const char c = text[i];
    const bool inside = i > 0 && i + 1 < text.size();
    if (c == ',' || c == ':') return !(inside && digit(text[i - 1]) && digit(text[i + 1]));
    if (c == '&') return !(inside && letter(text[i - 1]) && letter(text[i + 1]));
    if (c == '-') return text.compare(i, 2, "--") == 0;
    return std::string_view(";!?\"()[]{}=$%#`*@<>+~^|").find(c) != std::string_view::npos;
  }
  static bool rest_is_marks(std::string_view text, size_t from) {
    return std::none_of(text.begin() + std::ptrdiff_t(from), text.end(),
                        [](char c) { return letter(c) || digit(c); });
  }

  void mark(std::string_view text) {
    const std::string_view bracket = bracket_name(text[0]);
    emit(bracket.empty() ? text : bracket);
  }

  void word(std::string_view text, bool ends_sentence) {
    while (!text.empty() && (text.front() == '\'' || text.front() == '.' || text.front() == '-')) {
      if (text.size() > 1 && text.front() == '\'' && is_ending(text)) break;
      text.remove_prefix(1);
    }
    size_t points = 0;
    while (!text.empty() && (text.back() == '\'' || text.back() == '.' || text.back() == '-')) {
      if (text.back() == '.' && ++points == 1 && keeps_point(text, ends_sentence)) break;
      text.remove_suffix(1);
    }
    if (!text.empty()) split_contraction(text);
  }
  static bool is_ending(std::string_view text) {
    return std::find(kEndings.begin(), kEndings.end(), text) != kEndings.end();
  }
  static bool keeps_point(std::string_view text, bool ends_sentence) {
    if (ends_sentence) return false;
    return acronym(text) ||
           std::find(kAbbreviations.begin(), kAbbreviations.end(), text) != kAbbreviations.end();
  }

  void split_contraction(std::string_view text) {
    size_t cut = 0;
    if (text.size() > 3 && text.ends_with("n't")) cut = text.size() - 3;
    for (std::string_view ending : kEndings) {
      if (text.size() > ending.size() && text.ends_with(ending)) cut = text.size() - ending.size();
    }
    for (const Compound& compound : kCompounds) {
      if (text == compound.word) cut = compound.cut;
    }
    if (cut > 0) emit(text.substr(0, cut));
    emit(text.substr(cut));
  }

  void emit(std::string_view token) {
    if (std::find(kPunctuation.begin(), kPunctuation.end(), token) == kPunctuation.end()) {
      tokens_.emplace_back(token);
    }
  }

  Tokens tokens_;
};

}  // namespace

Tokens caption_tokens(const std::string& caption) {
  std::istringstream words(lower(caption));
  std::vector<std::string> chunks;
  for (std::string chunk; words >> chunk;) chunks.push_back(std::move(chunk));
  const auto says_something = [](const std::string& chunk) {
    return std::any_of(chunk.begin(), chunk.end(), [](char c) { return letter(c) || digit(c); });
  };
  size_t end = chunks.size();
  while (end > 0 && !says_something(chunks[end - 1])) --end;
  Cutter cutter;
  for (size_t i = 0; i < chunks.size(); ++i) cutter.chunk(chunks[i], i + 1 >= end);
  return cutter.take();
}

}  // namespace p2s

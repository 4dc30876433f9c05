#include "infer/word_classes.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace p2s {
namespace {

constexpr std::array<std::string_view, 3> kEnds = {".", "!", "?"};
constexpr std::array<std::string_view, 5> kPauses = {",", ";", ":", "...", "--"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kPairs = {
    {{"“", "”"}, {"‘", "’"}, {"(", ")"}}};

// Letters beyond ASCII count; the marks among them (“ — … in the blocks E2 80 .. and C2 ..) do not.
bool has_letter_or_digit(std::string_view word) {
  for (size_t i = 0; i < word.size(); ++i) {
    const auto c = static_cast<unsigned char>(word[i]);
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
    if (c >= 0xC3 && c != 0xE2) return true;
  }
  return false;
}

WordClass classify(std::string_view word) {
  const auto is = [&](std::string_view mark) { return mark == word; };
  if (std::any_of(kEnds.begin(), kEnds.end(), is)) return WordClass::end;
  if (std::any_of(kPauses.begin(), kPauses.end(), is)) return WordClass::pause;
  for (const auto& [opening, closing] : kPairs) {
    if (word == opening) return WordClass::opening;
    if (word == closing) return WordClass::closing;
  }
  return has_letter_or_digit(word) ? WordClass::word : WordClass::unfit;
}

}  // namespace

WordClasses::WordClasses(const std::vector<std::string>& words, int32_t content_from)
    : content_from_(content_from), lists_(size_t(WordClass::unfit) + 1) {
  classes_.reserve(words.size());
  for (size_t id = 0; id < words.size(); ++id) {
    WordClass c = id == 0 ? WordClass::eos : (id == 1 ? WordClass::unfit : classify(words[id]));
    classes_.push_back(c);
    if (c != WordClass::word) lists_[size_t(c)].push_back(int32_t(id));
  }
  const auto find = [&](std::string_view mark, WordClass c) {
    for (int32_t id : all(c)) {
      if (words[size_t(id)] == mark) return id;
    }
    return int32_t(-1);
  };
  for (const auto& [opening, closing] : kPairs) {
    const int32_t id = find(opening, WordClass::opening);
    if (id >= 0) partners_.emplace_back(id, find(closing, WordClass::closing));
  }
}

int32_t WordClasses::partner(int32_t opening) const {
  for (const auto& [id, closing] : partners_) {
    if (id == opening) return closing;
  }
  return -1;
}

}  // namespace p2s

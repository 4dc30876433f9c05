#include "metrics/porter_stemmer.h"

#include <algorithm>
#include <span>

namespace p2s {
namespace {

struct Rule {
  std::string_view suffix, replacement;
};

class Stemmer {
 public:
  explicit Stemmer(std::string_view word) : word_(word) {}

  std::string stem() {
    plurals();
    past_and_progressive();
    if (word_.ends_with("y") && has_vowel(word_.size() - 1)) word_.back() = 'i';
    double_suffixes();
    single_suffixes();
    long_suffixes();
    final_e_and_l();
    return word_;
  }

 private:
  bool consonant(size_t i) const {
    switch (word_[i]) {
      case 'a':
      case 'e':
      case 'i':
      case 'o':
      case 'u':
        return false;
      case 'y':
        return i == 0 || !consonant(i - 1);
      default:
        return true;
    }
  }
  // Porter's m of the first `end` letters: how often a consonant follows a vowel.
  int measure(size_t end) const {
    int m = 0;
    for (size_t i = 1; i < end; ++i) m += consonant(i) && !consonant(i - 1);
    return m;
  }
  bool has_vowel(size_t end) const {
    for (size_t i = 0; i < end; ++i) {
      if (!consonant(i)) return true;
    }
    return false;
  }
  bool ends_in_double_consonant() const {
    const size_t n = word_.size();
    return n >= 2 && word_[n - 1] == word_[n - 2] && consonant(n - 1);
  }
  // Consonant, vowel, consonant other than w, x, y at the end of the first `end` letters.
  bool ends_in_cvc(size_t end) const {
    if (end < 3 || !consonant(end - 1) || consonant(end - 2) || !consonant(end - 3)) return false;
    return std::string_view("wxy").find(word_[end - 1]) == std::string_view::npos;
  }
  void replace(std::string_view suffix, std::string_view replacement) {
    word_.resize(word_.size() - suffix.size());
    word_ += replacement;
  }
  size_t before(std::string_view suffix) const { return word_.size() - suffix.size(); }

  // The first rule whose suffix the word has is applied if what stays has m > `least`.
  void apply(std::span<const Rule> rules, int least) {
    for (const Rule& rule : rules) {
      if (!word_.ends_with(rule.suffix)) continue;
      if (measure(before(rule.suffix)) > least) replace(rule.suffix, rule.replacement);
      return;
    }
  }

  void plurals() {  // step 1a
    if (word_.ends_with("sses") || word_.ends_with("ies")) {
      word_.resize(word_.size() - 2);
    } else if (word_.ends_with("s") && !word_.ends_with("ss")) {
      word_.pop_back();
    }
  }

  void past_and_progressive() {  // step 1b
    if (word_.ends_with("eed")) {
      if (measure(before("eed")) > 0) word_.pop_back();
      return;
    }
    for (std::string_view suffix : {"ed", "ing"}) {
      if (!word_.ends_with(suffix)) continue;
      if (!has_vowel(before(suffix))) return;
      replace(suffix, "");
      const bool lost_its_e =
          word_.ends_with("at") || word_.ends_with("bl") || word_.ends_with("iz");
      if (!lost_its_e && ends_in_double_consonant()) {
        if (std::string_view("lsz").find(word_.back()) == std::string_view::npos) word_.pop_back();
      } else if (lost_its_e || (measure(word_.size()) == 1 && ends_in_cvc(word_.size()))) {
        word_ += 'e';
      }
      return;
    }
  }

  void double_suffixes() {  // step 2
    static constexpr Rule rules[] = {
        {"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"},   {"anci", "ance"},
        {"izer", "ize"},    {"abli", "able"},   {"alli", "al"},     {"entli", "ent"},
        {"eli", "e"},       {"ousli", "ous"},   {"ization", "ize"}, {"ation", "ate"},
        {"ator", "ate"},    {"alism", "al"},    {"iveness", "ive"}, {"fulness", "ful"},
        {"ousness", "ous"}, {"aliti", "al"},    {"iviti", "ive"},   {"biliti", "ble"}};
    apply(rules, 0);
  }

  void single_suffixes() {  // step 3
    static constexpr Rule rules[] = {{"icate", "ic"}, {"ative", ""},  {"alize", "al"},
                                     {"iciti", "ic"}, {"ical", "ic"}, {"ful", ""},
                                     {"ness", ""}};
    apply(rules, 0);
  }

  void long_suffixes() {  // step 4
    static constexpr Rule rules[] = {
        {"al", ""},   {"ance", ""}, {"ence", ""},  {"er", ""},   {"ic", ""},  {"able", ""},
        {"ible", ""}, {"ant", ""},  {"ement", ""}, {"ment", ""}, {"ent", ""}, {"ou", ""},
        {"ism", ""},  {"ate", ""},  {"iti", ""},   {"ous", ""},  {"ive", ""}, {"ize", ""}};
    if (word_.ends_with("ion")) {
      const size_t end = before("ion");
      if (end > 0 && (word_[end - 1] == 's' || word_[end - 1] == 't') && measure(end) > 1) {
        replace("ion", "");
      }
      return;
    }
    apply(rules, 1);
  }

  void final_e_and_l() {  // step 5
    if (word_.ends_with("e")) {
      const size_t end = word_.size() - 1;
      const int m = measure(end);
      if (m > 1 || (m == 1 && !ends_in_cvc(end))) word_.pop_back();
    }
    if (word_.ends_with("ll") && measure(word_.size() - 1) > 1) word_.pop_back();
  }

  std::string word_;
};

}  // namespace

std::string porter_stem(std::string_view word) {
  const bool letters =
      std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  if (word.size() < 3 || !letters) return std::string(word);
  return Stemmer(word).stem();
}

}  // namespace p2s

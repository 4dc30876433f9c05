#include <algorithm>

#include "data/sentences_lexicon.h"
#include "data/utf8.h"
#include "data/vocabulary.h"
#include "nn/base/error.h"

namespace p2s {
namespace {

// What the capitals of one spelling look like.
struct Capitals {
  int letters = 0, upper = 0;
  bool all() const { return letters > 1 && upper == letters; }
};

Capitals capitals_of(const std::string& token) {
  Capitals capitals;
  for (const char c : token) {
    if (static_cast<unsigned char>(c) >= 0x80) {
      capitals = {};
      for (const char32_t letter : decode_utf8(token)) {
        capitals.letters += is_letter(letter);
        capitals.upper += is_upper(letter);
      }
      return capitals;
    }
    capitals.letters += is_letter(char32_t(c));
    capitals.upper += is_upper(char32_t(c));
  }
  return capitals;
}

bool is_shouted(const std::vector<std::string>& tokens) {
  int words = 0, loud = 0;
  for (const std::string& token : tokens) {
    const Capitals capitals = capitals_of(token);
    words += capitals.letters > 1;
    loud += capitals.all();
  }
  return loud >= 2 && 2 * loud >= words;
}

// After these a word takes a capital whatever it is.
bool demands_capital(const std::string& token) {
  for (const std::string_view mark :
       {".", "!", "?", "...", ":", "--", "(", "[", "\u201C", "\u201D", "\u2018", "\u2019"}) {
    if (token == mark) return true;
  }
  return false;
}

struct Word {
  int64_t total = 0, inside = 0;
  std::string spelling;  // the best so far
  int64_t best = 0;
  // The order of a map must not decide between equals.
  void offer(const std::string& form, int64_t count) {
    if (count > best || (count == best && count > 0 && form > spelling)) {
      best = count;
      spelling = form;
    }
  }
};

}  // namespace

void VocabularyBuilder::add(const std::vector<std::string>& tokens) {
  const bool shouted = is_shouted(tokens);
  bool demanded = true;
  for (size_t at = 0; at < tokens.size(); ++at) {
    Count& count = counts_[tokens[at]];
    ++count.total;
    const bool title = at + 1 < tokens.size() && is_title_before_name(tokens[at], tokens[at + 1]);
    count.inside += !demanded && !shouted && !title;
    demanded = demands_capital(tokens[at]);
  }
  if (counts_.size() > most_forms_) forget_rare();
}

void VocabularyBuilder::merge(const VocabularyBuilder& other) {
  for (const auto& [form, count] : other.counts_) {
    Count& sum = counts_[form];
    sum.total += count.total;
    sum.inside += count.inside;
  }
  if (counts_.size() > most_forms_) forget_rare();
}

void VocabularyBuilder::forget_rare() {
  for (int64_t rare = 1; counts_.size() > most_forms_ / 2; rare *= 2) {
    std::erase_if(counts_, [&](const auto& entry) { return entry.second.total <= rare; });
  }
}

Vocabulary VocabularyBuilder::build(int64_t limit, int64_t minimum) const {
  check(limit > 2, ErrorCode::usage, "vocabulary: a size of {} leaves no room for words", limit);
  std::unordered_map<std::string, Word> merged;
  for (const auto& [form, count] : counts_) {
    Word& word = merged[lower_case(form)];
    word.total += count.total;
    word.inside += count.inside;
  }
  for (const auto& [form, count] : counts_) {
    Word& word = merged[lower_case(form)];
    if (capitals_of(form).all() && 2 * count.inside <= word.inside) continue;
    word.offer(form, count.inside);
  }
  std::vector<std::pair<const std::string, Word>*> order;
  for (auto& entry : merged) {
    if (entry.second.total >= minimum) order.push_back(&entry);
  }
  check(!order.empty(), ErrorCode::format,
        "vocabulary: no word was seen {} times; are these books text?", minimum);
  std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return a->second.total != b->second.total ? a->second.total > b->second.total
                                              : a->first < b->first;
  });
  order.resize(std::min(order.size(), size_t(limit) - 2));
  std::vector<std::string> words = {"<eos>", "UNK"}, spellings = words;
  std::vector<int64_t> counts = {0, 0};
  for (const auto* entry : order) {
    words.push_back(entry->first);
    spellings.push_back(entry->second.best > 0 ? entry->second.spelling : entry->first);
    counts.push_back(entry->second.total);
  }
  return Vocabulary(std::move(words), std::move(spellings), std::move(counts));
}

}  // namespace p2s

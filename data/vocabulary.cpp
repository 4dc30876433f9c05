#include "data/vocabulary.h"

#include "data/utf8.h"
#include "nn/base/error.h"
#include "nn/base/files.h"

namespace p2s {

Vocabulary::Vocabulary(std::vector<std::string> words, std::vector<std::string> spellings,
                       std::vector<int64_t> counts)
    : words_(std::move(words)), spellings_(std::move(spellings)), counts_(std::move(counts)) {
  check(words_.size() >= 2 && words_.size() == spellings_.size() && words_.size() == counts_.size(),
        ErrorCode::format, "vocabulary: {} words, {} spellings and {} counts do not fit together",
        words_.size(), spellings_.size(), counts_.size());
  index_.reserve(words_.size());
  for (size_t id = 2; id < words_.size(); ++id) {
    check(index_.emplace(words_[id], int32_t(id)).second, ErrorCode::format,
          "vocabulary: the word '{}' stands in it twice (the second time as number {})", words_[id],
          id);
  }
}

int32_t Vocabulary::id(std::string_view token) const {
  const auto found = index_.find(lower_case(token));
  return found == index_.end() ? kUnknown : found->second;
}

std::vector<int32_t> Vocabulary::ids(const std::vector<std::string>& tokens) const {
  std::vector<int32_t> out;
  out.reserve(tokens.size());
  for (const std::string& token : tokens) out.push_back(id(token));
  return out;
}

uint64_t Vocabulary::hash() const {
  uint64_t hash = 0;
  for (const auto* list : {&words_, &spellings_}) {
    for (const std::string& word : *list) hash = content_hash(word.data(), word.size(), hash + 1);
  }
  return hash;
}

std::string lower_case(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) {
      out.push_back(char(to_lower(byte)));
      ++at;
      continue;
    }
    const size_t length = utf8_sequence(text.substr(at));
    if (length == 0) {
      out.push_back(text[at++]);
      continue;
    }
    append_utf8(to_lower(decode_utf8(text.substr(at, length))[0]), out);
    at += length;
  }
  return out;
}

}  // namespace p2s

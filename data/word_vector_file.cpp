#include "data/word_vector_file.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>
#include <string_view>

#include "data/unpacked_file.h"
#include "nn/base/error.h"

namespace p2s {
namespace {

constexpr size_t kLongestWord = 2000;  // GoogleNews' longest has 98 bytes
constexpr int64_t kLargestDimension = 100'000;

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // Too small for a float is as good as zero.
  if (error == std::errc::result_out_of_range && text.find("e-") != text.npos) return Number(0);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole ? std::optional(value) : std::nullopt;
}

bool is_gap(char c) { return c == ' ' || c == '\t'; }

// The last field of `text`, which is cut off it together with the gap before it.
std::string_view take_last_field(std::string_view& text) {
  size_t begin = text.size();
  while (begin > 0 && !is_gap(text[begin - 1])) --begin;
  const std::string_view field = text.substr(begin);
  while (begin > 0 && is_gap(text[begin - 1])) --begin;
  text = text.substr(0, begin);
  return field;
}

std::string_view without_end(std::string_view line) {
  while (!line.empty() && (is_gap(line.back()) || line.back() == '\r')) line.remove_suffix(1);
  return line;
}

// Do floats as bytes follow? They cannot do without control characters for long.
bool looks_binary(std::string_view bytes) {
  return std::any_of(bytes.begin(), bytes.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t';
  });
}

}  // namespace

struct WordVectorFile::Impl {
  UnpackedFile file;
  int64_t words = 0, dimension = 0;
  bool binary = false;
  int64_t seen = 0, line = 0;  // words, lines read
  int64_t zeros = 0;
  std::string first_zero;

  explicit Impl(std::filesystem::path path) : file(std::move(path)) {}
  std::string name() const { return file.path().string(); }

  void read_start() {
    constexpr size_t kLook = size_t(1) << 16;
    std::string_view first = file.ahead(kLook).substr(0, kLook);
    check(!first.empty(), ErrorCode::format, "{}: is empty", name());
    const size_t end = std::min(first.find('\n'), first.size());
    std::string_view rest = without_end(first.substr(0, end));
    const auto size = number_of<int64_t>(take_last_field(rest));
    const auto count = number_of<int64_t>(rest);
    if (!size || !count) return read_glove_start();
    check(*count > 0 && *size > 0 && *size <= kLargestDimension, ErrorCode::format,
          "{}: its first line promises {} words of {} numbers; is it a word2vec file?", name(),
          *count, *size);
    words = *count, dimension = *size;
    binary = looks_binary(first.substr(std::min(end + 1, first.size())));
    file.take(std::min(end + 1, first.size()));
    line = 1;
  }

  // No first line: the first word's line tells the dimension.
  void read_glove_start() {
    constexpr size_t kLook = size_t(1) << 20;
    const std::string_view bytes = file.ahead(kLook);
    std::string_view first = without_end(bytes.substr(0, bytes.find('\n')));
    while (!first.empty() && number_of<float>(take_last_field(first))) {
      if (!first.empty()) ++dimension;  // a number in the first place is the word
    }
    check(dimension > 1 && !looks_binary(bytes.substr(0, 4096)), ErrorCode::format,
          "{}: neither word2vec's binary or text format nor GloVe's; its first line should be "
          "\"<words> <dimension>\", or a word and its numbers",
          name());
  }

  void refuse_end() const {
    check(words == 0 || seen == words, ErrorCode::format,
          "{}: ends after {} of the {} words that its first line promises; is it cut?", name(),
          seen, words);
  }

  bool next_binary(std::string& word, std::vector<float>& vector) {
    while (!file.ahead(1).empty() && file.ahead(1).front() == '\n') file.take(1);
    if (file.ahead(1).empty()) return refuse_end(), false;
    refuse_more();
    const std::string_view bytes = file.ahead(kLongestWord + 1).substr(0, kLongestWord + 1);
    const size_t blank = std::min(bytes.find(' '), bytes.size());
    word.assign(bytes.substr(0, blank));
    check(word.find('\n') == word.npos, ErrorCode::format,
          "{}: word {} has a line break in it; the file is damaged, or its vectors have not {} "
          "numbers as its first line says",
          name(), seen + 1, dimension);
    check(blank <= kLongestWord, ErrorCode::format,
          "{}: word {} has more than {} letters; the file is damaged, or its vectors have not {} "
          "numbers as its first line says",
          name(), seen + 1, kLongestWord, dimension);
    const size_t size = size_t(dimension) * sizeof(float);
    if (blank < bytes.size()) file.take(blank + 1);
    const std::string_view numbers = file.ahead(size);
    check(blank < bytes.size() && numbers.size() >= size, ErrorCode::format,
          "{}: ends inside word {} of {}; is it cut?", name(), seen + 1, words);
    vector.resize(size_t(dimension));
    std::memcpy(vector.data(), numbers.data(), size);
    file.take(size);
    return true;
  }

  bool next_text(std::string& word, std::vector<float>& vector) {
    std::string text;
    do {
      if (!file.line(text)) return refuse_end(), false;
      ++line;
    } while (without_end(text).empty());
    refuse_more();
    std::string_view rest = without_end(text);
    vector.resize(size_t(dimension));
    for (size_t i = vector.size(); i-- > 0;) {
      const std::string_view field = take_last_field(rest);
      const auto value = number_of<float>(field);
      check(value && !rest.empty(), ErrorCode::format,
            "{}:{}: not a word and {} numbers: \"{}\" stands for number {}", name(), line,
            dimension, field.substr(0, 40), i + 1);
      vector[i] = *value;
    }
    // GloVe's words may hold blanks, word2vec's never do: there it is a number too many.
    check(words == 0 || rest.find(' ') == rest.npos, ErrorCode::format,
          "{}:{}: more than a word and {} numbers", name(), line, dimension);
    word.assign(rest);
    return true;
  }

  void refuse_more() const {
    check(words == 0 || seen < words, ErrorCode::format,
          "{}: goes on after the {} words that its first line promises; the count is wrong", name(),
          words);
  }

  bool next(std::string& word, std::vector<float>& vector) {
    while (binary ? next_binary(word, vector) : next_text(word, vector)) {
      ++seen;
      check(std::all_of(vector.begin(), vector.end(), [](float x) { return std::isfinite(x); }),
            ErrorCode::format, "{}: the vector of word {}, \"{}\", holds what is no number", name(),
            seen, word);
      if (std::any_of(vector.begin(), vector.end(), [](float x) { return x != 0; })) return true;
      if (++zeros == 1) first_zero = word;
    }
    if (zeros > 0) {
      spdlog::warn("{}: {} words have a vector of zeros and are passed over, the first is \"{}\"",
                   name(), zeros, first_zero);
      zeros = 0;
    }
    return false;
  }
};

WordVectorFile::WordVectorFile(std::filesystem::path path)
    : impl_(std::make_unique<Impl>(std::move(path))) {
  impl_->read_start();
}

WordVectorFile::~WordVectorFile() = default;

int64_t WordVectorFile::dimension() const { return impl_->dimension; }
int64_t WordVectorFile::words() const { return impl_->words; }

bool WordVectorFile::next(std::string& word, std::vector<float>& vector) {
  return impl_->next(word, vector);
}

}  // namespace p2s

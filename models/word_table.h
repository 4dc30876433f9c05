#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nn/base/files.h"
#include "nn/base/real.h"
#include "nn/checkpoint.h"

namespace p2s {

// Vectors of many words in a file that is mapped into memory: a million words are there at once,
// and only those that are asked for are ever read (docs/formats.md, "Word tables"). Words are
// compared byte by byte.
class WordTable {
 public:
  WordTable() = default;
  // Error(format) when the file is cut, or its list of words damaged; the vectors are not checked.
  explicit WordTable(const std::filesystem::path& path);

  int64_t size() const { return words_; }
  int64_t dimension() const { return dimension_; }
  // The word's row, -1 where there is none.
  int64_t find(std::string_view word) const;
  // dimension() numbers.
  void read(int64_t row, real* to) const;

 private:
  std::string_view word(int64_t row) const;
  MappedFile file_;
  Storing storing_ = Storing::f32;
  int64_t words_ = 0, dimension_ = 0;
  std::span<const int64_t> begins_;  // of the words in text_, one more than words
  std::string_view text_;
  const char* vectors_ = nullptr;
  std::span<const float> scales_;  // one a row, Storing::i8 alone
};

// Puts vectors, one after the other, at these rows of the table.
using WordRows = std::function<void(std::span<const int64_t> rows, const std::vector<real>&)>;

// Writes the table of `words`, which rise and are all different, whole or not at all. `fill` calls
// what it gets until every row has been written, in any order.
void write_word_table(const std::filesystem::path& path, const std::vector<std::string>& words,
                      int64_t dimension, Storing storing,
                      const std::function<void(const WordRows&)>& fill);

}  // namespace p2s

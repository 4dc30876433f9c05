#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace p2s {

// Reads word vectors one by one, so that a file of any size needs little memory. Plain or gzip:
//   word2vec binary   "<words> <dimension>\n", then: word, blank, floats, perhaps a line break
//   word2vec text     the same first line, then a line a word: word, numbers
//   GloVe text        these lines without the first one; words may hold blanks
// Which it is, it sees itself. Error(format) names the file and the place when the file is cut,
// holds more or fewer words than its first line promises, a word with a line break in it, a line
// with more or fewer numbers than the others, or a number that is none. Vectors of zeros say
// nothing: they are passed over, with a warning at the end of the file.
class WordVectorFile {
 public:
  explicit WordVectorFile(std::filesystem::path path);
  ~WordVectorFile();
  WordVectorFile(const WordVectorFile&) = delete;
  WordVectorFile& operator=(const WordVectorFile&) = delete;

  int64_t dimension() const;
  int64_t words() const;  // as the first line says; 0 where there is none
  // False at the end of the file. `vector` gets dimension() numbers.
  bool next(std::string& word, std::vector<float>& vector);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace p2s

#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace p2s {

// Reads a file line by line with bounded memory: a line longer than kLongest comes in pieces, cut
// at a blank where there is one. \n, \r\n and \r end a line; a byte-order mark is passed over.
class LineReader {
 public:
  static constexpr size_t kLongest = size_t(1) << 16;

  // Error(io) names the file when it cannot be read.
  explicit LineReader(const std::filesystem::path& file);

  // False at the end of the file. `whole`: the line ends here; otherwise its next piece follows.
  bool next(std::string& line, bool& whole);

 private:
  bool fill();

  std::filesystem::path file_;
  std::ifstream in_;
  std::vector<char> buffer_;
  size_t at_ = 0, size_ = 0;
  bool after_return_ = false;
  std::string rest_;  // of a line that was cut
};

// What kind of text a file is, from one pass over it.
struct TextScan {
  bool is_text = true;
  std::string reason;       // why not, or what is odd about it
  bool wrapped = true;      // lines are hard-wrapped; else one line holds a paragraph
  bool blank_lines = true;  // blank lines separate paragraphs
  size_t width = 70;        // of a full line, where wrapped
  bool gutenberg = false;   // has Project Gutenberg's start marker
};
TextScan scan_text(const std::filesystem::path& file);

}  // namespace p2s

#include "data/books.h"

#include <algorithm>

#include "data/books_lines.h"
#include "data/gutenberg.h"
#include "data/utf8.h"
#include "nn/base/error.h"

namespace p2s {
namespace {

// A block beyond this is handed on in parts.
constexpr size_t kLongestBlock = size_t(1) << 18;
// What stands right under "CHAPTER IV" without a blank line belongs to the heading, if this short.
constexpr size_t kLongestSubtitle = 250;
constexpr int kBlankLinesOfGap = 5;

bool is_blank_line(const std::string& line) {
  return line.find_first_not_of(" \t\f\x1A\xA0") == std::string::npos;
}

// Does a sentence end with this line?
bool ends_sentence(const std::string& line) {
  size_t end = line.find_last_not_of(" \t\"')]*_\x80\x99\x9D\xE2");
  return end != std::string::npos && (line[end] == '.' || line[end] == '!' || line[end] == '?');
}

// Gathers lines to blocks, blocks to sentences.
class BookReader {
 public:
  BookReader(const TextScan& scan, const std::function<void(BookSentence&&)>& yield)
      : scan_(scan), yield_(yield), inside_(!scan.gutenberg) {}

  void line(std::string& line, bool whole) {
    const bool starts = starts_line_;
    starts_line_ = whole;
    if (starts && whole && marker(line)) return;
    if (!inside_) return;
    if (starts && is_blank_line(line)) {
      flush();
      under_heading_ = false;
      if (++blank_lines_ == kBlankLinesOfGap) new_section();
      return;
    }
    blank_lines_ = 0;
    if (starts && starts_block(line)) flush();
    if (starts && whole && (block_.empty() || !scan_.blank_lines) && is_heading(line)) {
      flush();
      new_section();
      under_heading_ = scan_.blank_lines;
      return;
    }
    append(line, starts, whole);
  }

  int64_t finish() {
    flush();
    return sentences_;
  }

 private:
  bool marker(const std::string& line) {
    const GutenbergMarker marker = gutenberg_marker(line);
    if (marker == GutenbergMarker::none) return false;
    flush();
    new_section();
    inside_ = marker == GutenbergMarker::start;
    return true;
  }

  static bool is_heading(const std::string& line) {
    return line.size() <= 4 * kLongestSubtitle && is_numbered_heading(decode_utf8(line));
  }

  // Does this line, right under another one, start a new paragraph?
  bool starts_block(const std::string& line) const {
    if (block_.empty()) return false;
    const bool stopped = ends_sentence(last_line_);
    if (!scan_.wrapped) {
      return !scan_.blank_lines || stopped || last_line_.size() > scan_.width;
    }
    if (scan_.blank_lines) return false;
    const bool indented = line.starts_with("  ") || line.starts_with('\t');
    return indented || (stopped && last_line_.size() < scan_.width * 3 / 4);
  }

  void append(std::string& line, bool starts, bool whole) {
    if (starts && !block_.empty()) block_ += '\n';
    block_ += line;
    if (block_.size() > kLongestBlock) flush_part();
    if (whole) last_line_.swap(line);
  }

  void new_section() {
    if (sentences_ > 0 && !fresh_section_) {
      ++section_;
      fresh_section_ = true;
    }
  }

  // The end of a block may stand in the middle of a sentence: all but the last go out.
  void flush_part() {
    auto sentences = split_sentences(encode_utf8(clean_block(decode_utf8(block_))));
    std::string rest;
    if (sentences.size() > 1 && sentences.back().size() < kLongestBlock / 2) {
      rest = std::move(sentences.back());
      sentences.pop_back();
    }
    give(std::move(sentences));
    continued_ = true;
    block_ = std::move(rest);
  }

  void flush() {
    if (block_.empty()) return;
    const std::u32string text = decode_utf8(block_);
    const bool subtitle = under_heading_ && text.size() <= kLongestSubtitle;
    block_.clear();
    if (subtitle) return;
    switch (continued_ ? BlockKind::prose : block_kind(text)) {
      case BlockKind::prose:
        give(split_sentences(encode_utf8(clean_block(text))));
        break;
      case BlockKind::heading:
      case BlockKind::gap:
        new_section();
        break;
      case BlockKind::apparatus:
        break;
    }
    continued_ = false;
  }

  void give(std::vector<std::string>&& sentences) {
    bool first = !continued_;
    for (std::string& sentence : sentences) {
      ++sentences_;
      fresh_section_ = false;
      yield_({std::move(sentence), section_, first});
      first = false;
    }
  }

  const TextScan& scan_;
  const std::function<void(BookSentence&&)>& yield_;
  bool inside_;
  bool starts_line_ = true, continued_ = false, fresh_section_ = true, under_heading_ = false;
  int blank_lines_ = 0;
  int32_t section_ = 0;
  int64_t sentences_ = 0;
  std::string block_, last_line_;
};

}  // namespace

BookResult read_book(const std::filesystem::path& file,
                     const std::function<void(BookSentence&&)>& yield) {
  const TextScan scan = scan_text(file);
  BookResult result{scan.is_text, scan.reason, 0};
  if (!scan.is_text) return result;
  LineReader lines(file);
  BookReader reader(scan, yield);
  std::string line;
  for (bool whole = true; lines.next(line, whole);) reader.line(line, whole);
  result.sentences = reader.finish();
  return result;
}

std::vector<BookFile> list_books(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  check(fs::is_directory(folder, error), ErrorCode::io,
        "{}: not a folder of books; name a folder with plain-text files", folder.string());
  std::vector<std::pair<std::string, BookFile>> found;
  fs::recursive_directory_iterator walk(folder, fs::directory_options::follow_directory_symlink,
                                        error);
  check(!error, ErrorCode::io, "{}: {}", folder.string(), error.message());
  for (auto end = fs::end(walk); walk != end; walk.increment(error)) {
    check(!error, ErrorCode::io, "{}: {}", folder.string(), error.message());
    const bool hidden = walk->path().filename().string().starts_with('.');
    if (hidden && walk->is_directory(error)) walk.disable_recursion_pending();
    if (hidden || !walk->is_regular_file(error)) continue;
    const fs::path relative = walk->path().lexically_relative(folder);
    const bool nested = std::distance(relative.begin(), relative.end()) > 1;
    found.push_back({relative.generic_string(),
                     {walk->path(), nested ? relative.begin()->string() : std::string()}});
  }
  check(!found.empty(), ErrorCode::io, "{}: has no files; put plain-text books there",
        folder.string());
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<BookFile> books;
  for (auto& [relative, book] : found) books.push_back(std::move(book));
  return books;
}

}  // namespace p2s

#include "data/books_lines.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "data/gutenberg.h"
#include "data/utf8.h"
#include "nn/base/error.h"

namespace p2s {
namespace {

// A line beyond this is a paragraph, not a wrapped line.
constexpr size_t kLongestWrapped = 120;
constexpr int64_t kLongestWord = 16384;

struct Counts {
  int64_t bytes = 0, nul = 0, control = 0, invalid = 0, words = 0;
  int64_t run = 0, longest_run = 0;  // bytes without a blank
  int64_t lines = 0, blank = 0, long_lines = 0, pieces = 0;
  std::array<int64_t, kLongestWrapped + 1> lengths{};
};

void count_bytes(const std::string& line, Counts& counts) {
  counts.bytes += int64_t(line.size());
  for (size_t at = 0; at < line.size();) {
    const auto byte = static_cast<unsigned char>(line[at]);
    if (byte <= ' ') {
      counts.nul += byte == 0;
      counts.control += byte < 0x20 && byte != '\t' && byte != '\f' && byte != 0x1A;
      counts.run = 0;
      ++at;
      continue;
    }
    counts.words += counts.run == 0;
    counts.longest_run = std::max(counts.longest_run, ++counts.run);
    if (byte < 0x80) {
      ++at;
      continue;
    }
    const size_t length = utf8_sequence(std::string_view(line).substr(at));
    counts.invalid += length == 0;
    at += std::max<size_t>(length, 1);
  }
}

std::string why_not_text(const Counts& counts) {
  if (counts.nul > 0) return "has NUL bytes: binary, or UTF-16 (convert it to UTF-8)";
  if (counts.words == 0) return "is empty";
  if (counts.longest_run > kLongestWord) {
    return fmt::format("has a word of {} bytes: not prose", counts.longest_run);
  }
  if (counts.control * 50 > counts.bytes) return "is full of control characters: binary";
  if (counts.invalid * 5 > counts.bytes) {
    return "is mostly invalid UTF-8: binary, or an encoding other than UTF-8 and Latin-1";
  }
  return {};
}

size_t usual_width(const Counts& counts) {
  int64_t left = counts.lines / 10;
  for (size_t length = kLongestWrapped; length > 0; --length) {
    left -= counts.lengths[length];
    if (left < 0) return length;
  }
  return 0;
}

}  // namespace

LineReader::LineReader(const std::filesystem::path& file)
    : file_(file), in_(file, std::ios::binary), buffer_(kLongest) {
  check(in_.is_open() && !std::filesystem::is_directory(file), ErrorCode::io, "{}: cannot open: {}",
        file.string(), std::strerror(errno));
  fill();
  if (size_ >= 3 && std::memcmp(buffer_.data(), "\xEF\xBB\xBF", 3) == 0) at_ = 3;
}

bool LineReader::fill() {
  in_.read(buffer_.data(), std::streamsize(buffer_.size()));
  check(!in_.bad(), ErrorCode::io, "{}: cannot read: {}", file_.string(), std::strerror(errno));
  size_ = size_t(in_.gcount());
  at_ = 0;
  return size_ > 0;
}

bool LineReader::next(std::string& line, bool& whole) {
  line.swap(rest_);
  rest_.clear();
  bool any = !line.empty();
  for (;;) {
    if (at_ == size_ && !fill()) {
      whole = true;
      return any;
    }
    if (after_return_) {
      after_return_ = false;
      if (buffer_[at_] == '\n') {
        ++at_;
        continue;
      }
    }
    any = true;
    const char* begin = buffer_.data() + at_;
    const char* end = std::find_if(begin, static_cast<const char*>(buffer_.data()) + size_,
                                   [](char c) { return c == '\n' || c == '\r'; });
    line.append(begin, end);
    at_ = size_t(end - buffer_.data());
    if (at_ < size_) {
      after_return_ = *end == '\r';
      ++at_;
      whole = true;
      return true;
    }
    if (line.size() >= kLongest) {
      const size_t blank = line.rfind(' ');
      if (blank != std::string::npos) {
        rest_ = line.substr(blank);
        line.resize(blank);
      }
      whole = false;
      return true;
    }
  }
}

TextScan scan_text(const std::filesystem::path& file) {
  LineReader reader(file);
  Counts counts;
  TextScan scan;
  std::string line;
  bool whole = true, starts_line = true;
  while (reader.next(line, whole)) {
    count_bytes(line, counts);
    if (whole) counts.run = 0;
    const bool blank = std::all_of(line.begin(), line.end(),
                                   [](char c) { return c == ' ' || c == '\t' || c == '\f'; });
    if (starts_line && whole) {
      (blank ? counts.blank : counts.lines) += 1;
      scan.gutenberg |= gutenberg_marker(line) == GutenbergMarker::start;
    }
    counts.long_lines += line.size() > kLongestWrapped && whole;
    counts.pieces += !whole;
    ++counts.lengths[std::min(line.size(), kLongestWrapped)];
    starts_line = whole;
  }
  scan.reason = why_not_text(counts);
  scan.is_text = scan.reason.empty();
  if (scan.is_text && counts.pieces > 0) {
    scan.reason = fmt::format("has a line of more than {} bytes: read as one paragraph",
                              LineReader::kLongest);
  }
  scan.wrapped = (counts.long_lines + counts.pieces) * 10 < counts.lines;
  scan.blank_lines = counts.blank * 40 >= counts.lines;
  scan.width = usual_width(counts);
  return scan;
}

}  // namespace p2s

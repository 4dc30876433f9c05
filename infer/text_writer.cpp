#include "infer/text_writer.h"

#include <algorithm>

namespace p2s {

// Settled is what comes out alike whatever follows: another word, a full stop, or the "said" that
// makes what stands before it part of a sentence.
void TextWriter::update(const std::vector<std::string>& tokens) {
  std::string settled;
  bool first = true;
  for (const char* next : {"word", ".", "said"}) {
    std::vector<std::string> longer = tokens;
    longer.emplace_back(next);
    if (*next != '.') longer.emplace_back(".");
    const std::string text = spell_(longer);
    const auto end = std::mismatch(text.begin(), text.end(), settled.begin(), settled.end()).first;
    settled = first ? text : std::string(text.begin(), end);
    first = false;
  }
  if (settled.size() <= written_.size() || !settled.starts_with(written_)) return;
  out_ << settled.substr(written_.size()) << std::flush;
  written_ = settled;
}

void TextWriter::finish(const std::string& text) {
  const bool extends = text.starts_with(written_);
  out_ << (extends ? text.substr(written_.size()) : "\n" + text) << '\n' << std::flush;
}

}  // namespace p2s

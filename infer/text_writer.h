#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <vector>

namespace p2s {

// Writes a story while it is told: of the text so far only what no later word can change any more.
class TextWriter {
 public:
  // `spell` is the final text of word tokens (data/tokenizer.h: detokenize).
  using Spell = std::function<std::string(const std::vector<std::string>&)>;
  TextWriter(std::ostream& out, Spell spell) : out_(out), spell_(std::move(spell)) {}

  // All tokens told so far.
  void update(const std::vector<std::string>& tokens);
  // The rest, and a line end.
  void finish(const std::string& text);

 private:
  std::ostream& out_;
  Spell spell_;
  std::string written_;
};

}  // namespace p2s

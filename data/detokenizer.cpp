#include <optional>

#include "data/sentences_lexicon.h"
#include "data/tokenizer.h"
#include "data/utf8.h"
#include "data/vocabulary.h"

namespace p2s {
namespace {

using Tokens = std::vector<std::string>;

const std::string kOpenDouble = "\u201C", kCloseDouble = "\u201D";
const std::string kOpenSingle = "\u2018", kCloseSingle = "\u2019";

bool is_any(const std::string& token, std::initializer_list<std::string_view> list) {
  for (const std::string_view item : list) {
    if (token == item) return true;
  }
  return false;
}

bool is_closing(const std::string& token) {
  return token == kCloseDouble || token == kCloseSingle || token == ")" || token == "]";
}
bool is_opening(const std::string& token) {
  return token == kOpenDouble || token == kOpenSingle || token == "(" || token == "[";
}
bool is_stop(const std::string& token) { return is_any(token, {".", "!", "?", "..."}); }

bool has_word(const std::string& token) {
  for (const char32_t c : decode_utf8(token)) {
    if (is_letter(c) || is_digit(c)) return true;
  }
  return false;
}

// "etc.", "a.m.": ends a sentence when it is the last word; "Mr." does not.
bool is_final_abbreviation(const std::string& token) {
  if (token.size() < 3 || token.back() != '.' || !has_word(token)) return false;
  const std::string lower = lower_case(token.substr(0, token.size() - 1));
  return abbreviation(lower, true) != Abbreviation::title;
}

// One past the closing marks that follow `at`.
size_t skip_closing(const Tokens& tokens, size_t at) {
  while (at < tokens.size() && is_closing(tokens[at])) ++at;
  return at;
}

// Does a word of speech stand at `at` or, after a name or pronoun, up to two words later?
bool reports_speech(const Tokens& tokens, size_t at) {
  for (size_t i = at; i < tokens.size() && i < at + 3; ++i) {
    if (!has_word(tokens[i])) return false;
    if (is_speech_verb(lower_case(tokens[i]))) return true;
  }
  return false;
}

// Where sentences end in a run of tokens.
class SentenceEnds {
 public:
  explicit SentenceEnds(const Tokens& tokens) : tokens_(tokens) {}

  // tokens[at] is a stop mark; `next` is one past it and its closing marks.
  bool ends(size_t at, size_t next) const {
    if (next == tokens_.size()) return true;
    const std::string& word = tokens_[next];
    if (is_stop(word) || is_any(word, {",", ";", ":", "--"})) return false;
    const bool capital = capital_at(next);
    if (word == "(" && !capital) return false;
    const bool quoted = next > at + 1 && tokens_[next - 1] != ")" && tokens_[next - 1] != "]";
    if (tokens_[at] == ".") return true;
    if (quoted) return capital || !(is_any(word, {"and", "was"}) || reports_speech(tokens_, next));
    if (tokens_[at] == "...") return capital && word != "I";
    return capital || !after_interjection(at);
  }

 private:
  bool capital_at(size_t at) const {
    while (at < tokens_.size() && is_opening(tokens_[at])) ++at;
    if (at == tokens_.size()) return true;
    const std::string_view word = tokens_[at];
    return starts_with_capital(word[0] == '\'' ? word.substr(1) : word);
  }

  // "Oh! how cold it is."
  bool after_interjection(size_t at) const {
    return at > 0 && is_interjection(lower_case(tokens_[at - 1])) &&
           (at == 1 || !has_word(tokens_[at - 2]));
  }

  const Tokens& tokens_;
};

// The end of the last whole sentence, closing marks included; 0 if there is none.
size_t last_sentence_end(const Tokens& tokens) {
  const SentenceEnds ends(tokens);
  size_t last = 0;
  for (size_t at = 0; at < tokens.size(); ++at) {
    const size_t next = skip_closing(tokens, at + 1);
    const bool broken_off = tokens[at] == "--" && next > at + 1;
    if ((is_stop(tokens[at]) && ends.ends(at, next)) ||
        (next == tokens.size() && (broken_off || is_final_abbreviation(tokens[at])))) {
      last = next;
    }
  }
  return last;
}

void finish_with_sentence(Tokens& tokens) {
  const size_t end = last_sentence_end(tokens);
  if (end > 0) {
    tokens.resize(end);
    return;
  }
  Tokens closing;
  while (!tokens.empty() && !has_word(tokens.back())) {
    if (is_closing(tokens.back())) closing.insert(closing.begin(), tokens.back());
    tokens.pop_back();
  }
  if (tokens.empty()) return;
  if (tokens.back().back() != '.') tokens.push_back(".");
  tokens.insert(tokens.end(), closing.begin(), closing.end());
}

// Is the closing mark tokens[at] where speech ends: after a comma or stop, or before a dash?
bool ends_speech(const Tokens& tokens, size_t at) {
  const bool before_dash = at + 1 < tokens.size() && tokens[at + 1] == "--";
  return before_dash || (!has_word(tokens[at - 1]) && !is_closing(tokens[at - 1]));
}

// Pairs one kind of marks: an opening mark while one is open first closes that one; a closing mark
// without an opening one gets it at the start of its sentence, if it ends a piece of speech there,
// and is dropped otherwise.
Tokens with_paired(const Tokens& tokens, const std::string& open, const std::string& close) {
  Tokens out;
  std::optional<size_t> opened;
  size_t sentence = 0;  // where the current sentence starts in out
  for (size_t at = 0; at < tokens.size(); ++at) {
    const std::string& token = tokens[at];
    if (token == open) {
      if (at + 1 == tokens.size() || tokens[at + 1] == close) {
        at += at + 1 < tokens.size();
        continue;
      }
      if (opened) out.push_back(close);
      opened = out.size();
    } else if (token == close) {
      if (opened) {
        opened.reset();
      } else if (open == kOpenDouble && sentence < out.size() && ends_speech(tokens, at)) {
        out.insert(out.begin() + std::ptrdiff_t(sentence), open);
      } else {
        continue;
      }
    }
    out.push_back(token);
    const bool stop =
        is_stop(token) || (is_closing(token) && out.size() > 1 && is_stop(out[out.size() - 2]));
    if (stop) sentence = out.size();
  }
  if (opened) {
    const bool empty = *opened + 1 == out.size();
    if (empty) {
      out.pop_back();
    } else {
      out.push_back(close);
    }
  }
  return out;
}

std::string capitalised(const std::string& token) {
  std::u32string word = decode_utf8(token);
  const size_t first = word.size() > 1 && word[0] == U'\'' ? 1 : 0;
  word[first] = to_upper(word[first]);
  return encode_utf8(word);
}

bool is_pronoun_i(const std::string& token) {
  return is_any(token, {"i", "i'm", "i'll", "i've", "i'd"});
}

// Speech begins with a capital ('He said: "Go."', 'He said, "Go."'), but not where it goes on
// ('"I," he said, "must go."').
void set_capitals(Tokens& tokens) {
  const SentenceEnds ends(tokens);
  Tokens out = tokens;
  bool start = true, quoted = false;
  for (size_t at = 0; at < tokens.size(); ++at) {
    const std::string& token = tokens[at];
    if (has_word(token)) {
      const bool title = at + 1 < tokens.size() && is_title_before_name(token, tokens[at + 1]);
      if (start || is_pronoun_i(token) || title) {
        out[at] = capitalised(token);
      }
      start = false;
    } else if (is_stop(token)) {
      start = ends.ends(at, skip_closing(tokens, at + 1));
      if (start) quoted = false;
    } else if (at > 0 && (token == kOpenDouble || token == kOpenSingle)) {
      start |= tokens[at - 1] == ":" || (tokens[at - 1] == "," && !quoted);
    }
    quoted |= !start && (token == kCloseDouble || token == kCloseSingle);
  }
  tokens = std::move(out);
}

bool no_blank_before(const std::string& token) {
  return is_closing(token) ||
         is_any(token, {",", ".", ";", ":", "!", "?", "...", "--", "%", "\u00B0", "/"});
}
bool no_blank_after(const std::string& token) {
  return is_opening(token) || is_any(token, {"--", "/", "$", "\u00A3"});
}

std::string joined(const Tokens& tokens) {
  std::string out;
  for (size_t at = 0; at < tokens.size(); ++at) {
    const std::string& token = tokens[at];
    if (at > 0 && !no_blank_before(token) && !no_blank_after(tokens[at - 1])) out += ' ';
    if (token == kOpenDouble || token == kCloseDouble) {
      out += '"';
    } else if (token == kOpenSingle || token == kCloseSingle) {
      out += '\'';
    } else {
      out += token;
    }
  }
  return out;
}

}  // namespace

std::string detokenize(const Tokens& tokens) {
  Tokens kept;
  for (const std::string& token : tokens) {
    if (!token.empty()) kept.push_back(token);
  }
  finish_with_sentence(kept);
  kept = with_paired(kept, kOpenDouble, kCloseDouble);
  kept = with_paired(kept, kOpenSingle, kCloseSingle);
  set_capitals(kept);
  return joined(kept);
}

}  // namespace p2s

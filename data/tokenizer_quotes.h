#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace p2s {

// What a straight quotation mark stands for, judged by its neighbours.
enum class QuoteMark { opening, closing, apostrophe, stray };

// `text` is one sentence, `at` the place of a double quote; `open`: one was opened before it.
QuoteMark double_quote(std::u32string_view text, size_t at, bool open);

// The same for ' (also for ‘, which many texts print before 'tis). `apostrophe` belongs to the word
// beside it: "don't", "'tis", "dogs'"; `stray` stands alone and means nothing.
QuoteMark single_quote(std::u32string_view text, size_t at, bool open);

// The end of the word that starts at `at`: letters, digits, inner apostrophes.
size_t word_end(std::u32string_view text, size_t at);

// text[begin, end) in lower case, as UTF-8.
std::string lower_utf8(std::u32string_view text, size_t begin, size_t end);

inline bool is_apostrophe(char32_t c) { return c == U'\'' || c == U'\u2018'; }

}  // namespace p2s

#pragma once

#include <string>
#include <string_view>

namespace p2s {

// UTF-8 to code points. A byte that is no part of valid UTF-8 is read as Windows-1252 (which
// contains Latin-1), so old Latin-1 texts come out right.
std::u32string decode_utf8(std::string_view bytes);

std::string encode_utf8(std::u32string_view text);
void append_utf8(char32_t code_point, std::string& out);

// The length of the valid UTF-8 sequence at the front of `bytes`; 0 if there is none.
size_t utf8_sequence(std::string_view bytes);

// By Unicode's general categories. Letters include combining marks, digits are decimal digits.
bool is_letter(char32_t c);
bool is_upper(char32_t c);  // upper and title case
bool is_lower(char32_t c);
bool is_digit(char32_t c);
bool is_blank(char32_t c);  // spaces of every width, tabs, line ends; not zero-width characters

// Is the first code point upper case?
bool starts_with_capital(std::string_view text);

char32_t to_lower(char32_t c);
char32_t to_upper(char32_t c);

}  // namespace p2s

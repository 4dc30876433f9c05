#include "data/utf8.h"

#include <utf8proc.h>

#include <array>
#include <cstdint>

namespace p2s {
namespace {

// Windows-1252 differs from Latin-1 in 0x80..0x9F only.
constexpr std::array<char32_t, 32> kWindows1252 = {
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

bool is_ascii_letter(char32_t c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }

}  // namespace

size_t utf8_sequence(std::string_view bytes) {
  if (bytes.empty()) return 0;
  if (static_cast<unsigned char>(bytes[0]) < 0x80) return 1;
  utf8proc_int32_t code_point = 0;
  const auto length =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(bytes.data()),
                       utf8proc_ssize_t(bytes.size() < 4 ? bytes.size() : 4), &code_point);
  return length > 0 ? size_t(length) : 0;
}

std::u32string decode_utf8(std::string_view bytes) {
  std::u32string out;
  out.reserve(bytes.size());
  size_t at = 0;
  while (at < bytes.size()) {
    const auto byte = static_cast<unsigned char>(bytes[at]);
    if (byte < 0x80) {
      out.push_back(byte);
      ++at;
      continue;
    }
    utf8proc_int32_t code_point = 0;
    const size_t left = bytes.size() - at;
    const auto length =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(bytes.data() + at),
                         utf8proc_ssize_t(left < 4 ? left : 4), &code_point);
    if (length > 0) {
      out.push_back(char32_t(code_point));
      at += size_t(length);
    } else {
      out.push_back(byte < 0xA0 ? kWindows1252[byte - 0x80] : byte);
      ++at;
    }
  }
  return out;
}

void append_utf8(char32_t code_point, std::string& out) {
  if (code_point < 0x80) {
    out.push_back(char(code_point));
    return;
  }
  utf8proc_uint8_t bytes[4];
  const auto length = utf8proc_encode_char(utf8proc_int32_t(code_point), bytes);
  out.append(reinterpret_cast<const char*>(bytes), size_t(length));
}

std::string encode_utf8(std::u32string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char32_t c : text) {
    if (c < 0x80) {
      out.push_back(char(c));
    } else {
      append_utf8(c, out);
    }
  }
  return out;
}

bool is_letter(char32_t c) {
  if (c < 0x80) return is_ascii_letter(c);
  const auto category = utf8proc_category(utf8proc_int32_t(c));
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_ME;
}

bool is_upper(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z';
  const auto category = utf8proc_category(utf8proc_int32_t(c));
  return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LT;
}

bool is_lower(char32_t c) {
  if (c < 0x80) return c >= 'a' && c <= 'z';
  return utf8proc_category(utf8proc_int32_t(c)) == UTF8PROC_CATEGORY_LL;
}

bool is_digit(char32_t c) {
  if (c < 0x80) return c >= '0' && c <= '9';
  return utf8proc_category(utf8proc_int32_t(c)) == UTF8PROC_CATEGORY_ND;
}

bool is_blank(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= '\t' && c <= '\r');
  return c == 0x85 || utf8proc_category(utf8proc_int32_t(c)) == UTF8PROC_CATEGORY_ZS ||
         c == 0x2028 || c == 0x2029;
}

bool starts_with_capital(std::string_view text) {
  const size_t length = utf8_sequence(text);
  return length > 0 && is_upper(decode_utf8(text.substr(0, length))[0]);
}

char32_t to_lower(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  return char32_t(utf8proc_tolower(utf8proc_int32_t(c)));
}

char32_t to_upper(char32_t c) {
  if (c < 0x80) return c >= 'a' && c <= 'z' ? c - 32 : c;
  return char32_t(utf8proc_toupper(utf8proc_int32_t(c)));
}

}  // namespace p2s

#include "data/npy.h"

#include <spdlog/fmt/fmt.h>

#include <bit>

namespace p2s {

std::string npy_header(int64_t rows, int64_t columns) {
  static_assert(std::endian::native == std::endian::little);
  // The magic, the version and the length before the text; all together a multiple of 64 bytes.
  constexpr size_t kFixed = 10, kAlignment = 64;
  std::string text =
      fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}", rows, columns);
  const size_t size = (kFixed + text.size() + 1 + kAlignment - 1) / kAlignment * kAlignment;
  text.resize(size - kFixed - 1, ' ');
  text += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += char(text.size() & 0xFF);
  header += char(text.size() >> 8);
  return header + text;
}

}  // namespace p2s

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace p2s {

// Unsigned integers at a place in a file's bytes; 0 past the end, so callers check sizes once.
inline uint32_t byte_at(std::string_view bytes, size_t at) {
  return at < bytes.size() ? uint8_t(bytes[at]) : 0;
}
inline uint32_t big16(std::string_view bytes, size_t at) {
  return byte_at(bytes, at) << 8 | byte_at(bytes, at + 1);
}
inline uint32_t big32(std::string_view bytes, size_t at) {
  return big16(bytes, at) << 16 | big16(bytes, at + 2);
}
inline uint32_t little16(std::string_view bytes, size_t at) {
  return byte_at(bytes, at) | byte_at(bytes, at + 1) << 8;
}
inline uint32_t little32(std::string_view bytes, size_t at) {
  return little16(bytes, at) | little16(bytes, at + 2) << 16;
}

}  // namespace p2s

#pragma once

#include <bit>
#include <cstdint>

namespace p2s {

// IEEE 754 half precision as the 16 bits it is stored in.

// Round to nearest, ties to even; what is too large becomes infinity.
inline uint16_t half_from_float(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = (bits >> 16) & 0x8000u;
  const float size = std::bit_cast<float>(bits & 0x7FFFFFFFu);
  if (size != size) return uint16_t(sign | 0x7E00u);
  if (size >= 65520.0f) return uint16_t(sign | 0x7C00u);
  if (size < 0x1p-14f) {
    // Adding 0.5 leaves the number's half-precision mantissa, rounded, in the lowest bits.
    return uint16_t(sign | (std::bit_cast<uint32_t>(size + 0.5f) - 0x3F000000u));
  }
  const uint32_t rounded = (bits & 0x7FFFFFFFu) + 0xFFFu + ((bits >> 13) & 1u);
  return uint16_t(sign | ((rounded - (112u << 23)) >> 13));
}

inline float float_from_half(uint16_t half) {
  const uint32_t magnitude = uint32_t(half & 0x7FFFu) << 13;
  // The product moves the exponent's bias and makes subnormal halves normal floats.
  const float scaled = std::bit_cast<float>(magnitude) * 0x1p112f;
  const uint32_t special = magnitude >= 0x0F800000u ? 0x7F800000u : 0u;
  const uint32_t sign = uint32_t(half & 0x8000u) << 16;
  return std::bit_cast<float>(std::bit_cast<uint32_t>(scaled) | special | sign);
}

}  // namespace p2s

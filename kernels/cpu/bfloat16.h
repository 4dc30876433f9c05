#pragma once

#include <bit>
#include <cstdint>

#include "nn/base/real.h"

namespace p2s::cpu {

// The nearest bfloat16, ties to even, in the low half; NaN stays NaN.
inline uint32_t bfloat16_bits(real x) {
  const uint32_t bits = std::bit_cast<uint32_t>(x);
  const uint32_t rounded = (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
  return x == x ? rounded : (bits >> 16) | 0x40u;
}

// to [rows,columns] = from, or its transpose, rounded; from's rows are ld apart.
void round_to_bfloat16(bool transpose, int64_t rows, int64_t columns, const real* from, int64_t ld,
                       uint16_t* to);

}  // namespace p2s::cpu

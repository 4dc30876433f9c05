#pragma once

#include <cstdint>

#include "nn/base/real.h"
#include "nn/base/rng.h"

namespace p2s {

// The rule that every device follows: a draw of 32 bits, its upper 24 scaled to [0,1), keeps an
// element when it is at least p.
constexpr bool dropout_keeps(uint32_t draw, real p) { return real(draw >> 8) * real(0x1p-24) >= p; }

// Element i has the draw i % 4 of Philox block i / 4.
constexpr bool dropout_keeps(uint64_t key, int64_t i, real p) {
  return dropout_keeps(Philox::block(key, uint64_t(i) / 4)[uint64_t(i) % 4], p);
}

}  // namespace p2s

#pragma once

#include <cstdint>
#include <vector>

#include "nn/base/real.h"

namespace p2s::test {

// Numbers in [-1, 1) that any language makes alike: Weyl's sequence of 32 bits, its upper 24.
inline std::vector<real> weyl(int64_t count, uint32_t start) {
  std::vector<real> values;
  for (uint32_t i = 0; i < uint32_t(count); ++i) {
    values.push_back(real((i * 2654435761u + start * 40503u) >> 8) / real(1 << 24) * 2 - 1);
  }
  return values;
}

}  // namespace p2s::test

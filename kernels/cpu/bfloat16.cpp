#include "kernels/cpu/bfloat16.h"

#include <bit>

#include "kernels/cpu/grain.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {

void round_to_bfloat16(int64_t rows, int64_t columns, const real* from, int64_t ld, uint16_t* to) {
  parallel_for(rows, row_grain(columns, kMoveGrain), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const real* source = from + r * ld;
      uint16_t* target = to + r * columns;
#pragma omp simd
      for (int64_t c = 0; c < columns; ++c) {
        const uint32_t bits = std::bit_cast<uint32_t>(source[c]);
        const uint32_t rounded = (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
        target[c] = uint16_t(source[c] == source[c] ? rounded : (bits >> 16) | 0x40u);
      }
    }
  });
}

}  // namespace p2s::cpu

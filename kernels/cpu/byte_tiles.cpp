#include "kernels/cpu/byte_tiles.h"

#include <algorithm>

#include "kernels/cpu/grain.h"
#include "nn/base/parallel.h"

#ifdef __AVX512F__
#include <immintrin.h>
#endif

namespace p2s::cpu {
namespace {

constexpr int64_t kTileBytes = kByteDepth * kByteRows;

// Numbers of four bytes, of one row, side by side.
void split(const int16_t* x, int64_t row, uint8_t* high, uint8_t* low) {
  for (int64_t l = 0; l < kByteDepth; l += 4) {
    const int64_t at = (l / 4 * kByteRows + row) * 4;
    for (int64_t i = 0; i < 4; ++i) {
      high[at + i] = uint8_t(x[l + i] >> 8);
      low[at + i] = uint8_t(x[l + i] & 0xFF);
    }
  }
}

}  // namespace

ByteTiles::ByteTiles(int64_t m, int64_t k, const int16_t* x)
    : k_(k),
      tiles_(ceil_divide(m, kByteRows)),
      bytes_(size_t(tiles_ * k / kByteDepth * 2 * kTileBytes)) {
  const int64_t blocks = k / kByteDepth;
  parallel_for(tiles_ * blocks, row_grain(kTileBytes, kMoveGrain), [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; ++at) {
      uint8_t* const high = bytes_.as<uint8_t>() + at * 2 * kTileBytes;
      const int64_t first = at / blocks * kByteRows, rows = std::min(kByteRows, m - first);
      if (rows < kByteRows) std::fill_n(high, 2 * kTileBytes, uint8_t(0));
      for (int64_t i = 0; i < rows; ++i) {
        split(x + (first + i) * k + at % blocks * kByteDepth, i, high, high + kTileBytes);
      }
    }
  });
}

#ifdef __AVX512F__

__attribute__((target("amx-tile,amx-int8"))) void ByteTiles::multiply(
    int64_t tile, const int8_t* weights, const char* next, int64_t lines, int32_t* sums) const {
  alignas(64) int32_t high[kBytePanel * kByteRows];
  constexpr int64_t kRowBytes = 64, kHalf = kBytePanel / 2 * kByteRows;
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  const uint8_t* x = bytes_.as<uint8_t>() + tile * (k_ / kByteDepth) * 2 * kTileBytes;
  const int8_t* below = weights + kBytePanel / 2 * k_;
  for (int64_t l = 0; l < k_; l += kByteDepth, x += 2 * kTileBytes) {
    _tile_loadd(4, weights + l, k_);
    _tile_loadd(5, below + l, k_);
    _tile_loadd(6, x, kRowBytes);
    _tile_loadd(7, x + kTileBytes, kRowBytes);
    _tile_dpbssd(0, 4, 6);
    _tile_dpbsud(1, 4, 7);
    _tile_dpbssd(2, 5, 6);
    _tile_dpbsud(3, 5, 7);
    for (int64_t line = 0; line < lines; ++line, next += 64) __builtin_prefetch(next, 0, 2);
  }
  _tile_stored(0, high, kRowBytes);
  _tile_stored(2, high + kHalf, kRowBytes);
  _tile_stored(1, sums, kRowBytes);
  _tile_stored(3, sums + kHalf, kRowBytes);
  for (int64_t i = 0; i < kBytePanel * kByteRows; ++i) sums[i] += 256 * high[i];
}

#else

void ByteTiles::multiply(int64_t, const int8_t*, const char*, int64_t, int32_t*) const {}

#endif

}  // namespace p2s::cpu

#include "kernels/cpu/matrix_tiles.h"

#include <algorithm>

#include "kernels/cpu/bfloat16.h"
#include "kernels/cpu/grain.h"
#include "kernels/cpu/transpose.h"
#include "nn/base/parallel.h"

#ifdef __AVX512F__
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
// Of functions that use them.
#define P2S_MATRIX_TILES __attribute__((target("amx-tile,amx-bf16")))
#endif

namespace p2s::cpu {
namespace {

constexpr int64_t kMostTileRows = 16;

void round_row(int64_t n, const real* from, uint16_t* to) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) to[i] = uint16_t(bfloat16_bits(from[i]));
  std::fill(to + n, to + kTileDepth, uint16_t(0));
}

}  // namespace

RoundedTiles::RoundedTiles(bool transpose_a, int64_t m, int64_t k, const real* a, int64_t lda)
    : tiles_(ceil_divide(m, kMostTileRows)),
      rows_(ceil_divide(m, tiles_)),
      blocks_(ceil_divide(k, kTileDepth)),
      numbers_(size_t(tiles_ * blocks_ * rows_ * kTileDepth) * sizeof(uint16_t)) {
  const auto read = [&](int64_t tile, int64_t block) {
    uint16_t* to = numbers_.as<uint16_t>() + (tile * blocks_ + block) * rows_ * kTileDepth;
    const int64_t row = tile * rows_, rows = std::clamp<int64_t>(m - row, 0, rows_);
    const int64_t column = block * kTileDepth, columns = std::min(kTileDepth, k - column);
    real turned[kMostTileRows * kTileDepth];
    if (transpose_a) transpose(columns, rows, a + column * lda + row, lda, turned, kTileDepth);
    for (int64_t i = 0; i < rows; ++i) {
      const real* from = transpose_a ? turned + i * kTileDepth : a + (row + i) * lda + column;
      round_row(columns, from, to + i * kTileDepth);
    }
    std::fill(to + rows * kTileDepth, to + rows_ * kTileDepth, uint16_t(0));
  };
  parallel_for(tiles_ * blocks_, row_grain(rows_ * kTileDepth, kMoveGrain),
               [&](int64_t begin, int64_t end) {
                 for (int64_t i = begin; i < end; ++i) {  // along the memory that is read
                   if (transpose_a) {
                     read(i % tiles_, i / tiles_);
                   } else {
                     read(i / blocks_, i % blocks_);
                   }
                 }
               });
}

#ifdef __AVX512F__

bool has_matrix_tiles() {
  static const bool has = [] {
    unsigned a = 0, b = 0, c = 0, d = 0;
    constexpr unsigned kNeeded = 1u << 22 | 1u << 24 | 1u << 25;  // bfloat16, tiles, bytes
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (d & kNeeded) != kNeeded) return false;
    // The tiles' registers are switched on by asking for them (Linux 5.16).
    constexpr long kRequest = 0x1023, kTileData = 18;
    return syscall(SYS_arch_prctl, kRequest, kTileData) == 0;
  }();
  return has;
}

namespace {

// Sums are in tiles 0 to 3, rows of A in 4 and 5, the weight in 6 and 7.
P2S_MATRIX_TILES void configure(int64_t rows) {
  struct alignas(64) {
    uint8_t palette = 1, start_row = 0, reserved[14] = {};
    uint16_t column_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {};
  } config;
  std::fill_n(config.rows, 6, uint8_t(rows));
  std::fill_n(config.rows + 6, 2, uint8_t(kTileDepth / 2));
  // g++ 12 believes that only eight bytes of it are read.
  __asm__ volatile("" : : "r"(&config) : "memory");
  _tile_loadconfig(&config);
}

P2S_MATRIX_TILES void release_tiles() { _tile_release(); }

}  // namespace

TileRows::TileRows(int64_t rows) { configure(rows); }
TileRows::~TileRows() { release_tiles(); }

// Adds to one or two tiles of rows what blocks [begin, end) give; `lines` of `next` are fetched for
// each.
template <int Rows>
P2S_MATRIX_TILES void RoundedTiles::multiply_pair(int64_t tile, int64_t begin, int64_t end,
                                                  const uint32_t* panel, const char* next,
                                                  int64_t lines, real* sums) const {
  constexpr int kColumns = 16, kSumBytes = kTilePanel * sizeof(real);
  const int64_t step = rows_ * kTileDepth;
  for (int64_t column = 0; column < kTilePanel; column += 2 * kColumns) {
    real* to = sums + column;
    real* to_below = to + rows_ * kTilePanel;
    if (begin == 0) {
      _tile_zero(0);
      _tile_zero(1);
      _tile_zero(2);
      _tile_zero(3);
    } else {
      _tile_loadd(0, to, kSumBytes);
      _tile_loadd(1, to + kColumns, kSumBytes);
      if constexpr (Rows > 1) {
        _tile_loadd(2, to_below, kSumBytes);
        _tile_loadd(3, to_below + kColumns, kSumBytes);
      }
    }
    const uint16_t* a = numbers_.as<uint16_t>() + (tile * blocks_ + begin) * step;
    const uint16_t* a_below = a + blocks_ * step;
    const uint32_t* b = panel + begin * kTileDepth / 2 * kTilePanel + column;
    for (int64_t block = begin; block < end; ++block) {
      _tile_loadd(6, b, kTilePanel * 4);
      _tile_loadd(7, b + kColumns, kTilePanel * 4);
      _tile_loadd(4, a, kTileDepth * 2);
      if constexpr (Rows > 1) _tile_loadd(5, a_below, kTileDepth * 2);
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
      if constexpr (Rows > 1) {
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
      }
      for (int64_t line = 0; line < lines; ++line, next += 64) __builtin_prefetch(next, 0, 2);
      a += step, a_below += step, b += kTileDepth / 2 * kTilePanel;
    }
    _tile_stored(0, to, kSumBytes);
    _tile_stored(1, to + kColumns, kSumBytes);
    if constexpr (Rows > 1) {
      _tile_stored(2, to_below, kSumBytes);
      _tile_stored(3, to_below + kColumns, kSumBytes);
    }
  }
}

void RoundedTiles::multiply(int64_t first_tile, int64_t tiles, const uint32_t* panel,
                            const uint32_t* next_panel, real* sums) const {
  // Blocks whose weights, and those fetched for the next ones, stay in the second cache.
  constexpr int64_t kTogether = 64;
  constexpr int64_t kBlockBytes = kTileDepth / 2 * kTilePanel * int64_t(sizeof(uint32_t));
  const int64_t parts = ceil_divide(blocks_, kTogether), pairs = ceil_divide(tiles, 2);
  const int64_t lines = ceil_divide(kBlockBytes / 64, 2 * pairs);
  for (int64_t part = 0; part < parts; ++part) {
    const int64_t begin = blocks_ * part / parts, end = blocks_ * (part + 1) / parts;
    const char* next = part + 1 < parts ? reinterpret_cast<const char*>(panel) + end * kBlockBytes
                                        : reinterpret_cast<const char*>(next_panel);
    for (int64_t tile = 0; tile < tiles; tile += 2) {
      real* to = sums + tile * rows_ * kTilePanel;
      if (tile + 1 < tiles) {
        multiply_pair<2>(first_tile + tile, begin, end, panel, next, lines, to);
      } else {
        multiply_pair<1>(first_tile + tile, begin, end, panel, next, lines, to);
      }
      next += 2 * (end - begin) * lines * 64;
    }
  }
}

#else

bool has_matrix_tiles() { return false; }
TileRows::TileRows(int64_t) {}
TileRows::~TileRows() {}
void RoundedTiles::multiply(int64_t, int64_t, const uint32_t*, const uint32_t*, real*) const {}

#endif

}  // namespace p2s::cpu

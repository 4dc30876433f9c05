#pragma once

#include "kernels/cpu/scratch.h"

// Products of bfloat16 in the processor's matrix tiles (AMX): one instruction adds [16,32] times
// [32,16] to [16,16] floats.
namespace p2s::cpu {

// Whether the processor has them, for bytes too, and the system lets this process use them.
bool has_matrix_tiles();

// Rows and columns of a panel of the weight, [k / 32 blocks, 16, 64, 2] with zeros past k and n.
constexpr int64_t kTileDepth = 32, kTilePanel = 64;

// op(A) [m,k] rounded, in tiles [m / rows, k / 32, rows, 32] of up to 16 rows.
class RoundedTiles {
 public:
  RoundedTiles(bool transpose_a, int64_t m, int64_t k, const real* a, int64_t lda);
  int64_t tiles() const { return tiles_; }
  // Of each tile; the last one's may go beyond m.
  int64_t rows() const { return rows_; }
  // sums [tiles * rows(), 64] = some tiles times a panel; fetches a part of `next` meanwhile.
  void multiply(int64_t first_tile, int64_t tiles, const uint32_t* panel, const uint32_t* next,
                real* sums) const;

 private:
  template <int Rows>
  void multiply_pair(int64_t tile, int64_t begin, int64_t end, const uint32_t* panel,
                     const char* next, int64_t lines, real* sums) const;
  const int64_t tiles_, rows_, blocks_;
  Scratch numbers_;
};

// While it lives, this thread's tiles have so many rows.
class TileRows {
 public:
  explicit TileRows(int64_t rows);
  TileRows(const TileRows&) = delete;
  TileRows& operator=(const TileRows&) = delete;
  ~TileRows();
};

}  // namespace p2s::cpu

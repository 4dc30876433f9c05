#pragma once

#include "kernels/cpu/scratch.h"

// Products of bytes in the processor's matrix tiles (AMX): one instruction adds [16,64] times
// [64,16] to [16,16] whole numbers.
namespace p2s::cpu {

constexpr int64_t kByteDepth = 64, kByteRows = 16, kBytePanel = 32;

// Rows x [m,k] of whole numbers, each as 256 high + low, in tiles [m / 16, k / 64, {high, low},
// 16, 16 rows, 4] with zeros past m; for processors that has_matrix_tiles().
class ByteTiles {
 public:
  // k is a multiple of kByteDepth.
  ByteTiles(int64_t m, int64_t k, const int16_t* x);
  int64_t tiles() const { return tiles_; }
  // sums [32,16] = 32 rows of weights [32,k] times the 16 rows of a tile, exactly if the sums fit;
  // fetches `lines` of `next` for each 64 of k meanwhile. A TileRows of kByteRows must live.
  void multiply(int64_t tile, const int8_t* weights, const char* next, int64_t lines,
                int32_t* sums) const;

 private:
  const int64_t k_, tiles_;
  Scratch bytes_;
};

}  // namespace p2s::cpu

#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/cpu/finish.h"

// The heart of a product: a tile of it in registers, up to kMostRows rows by a panel of up to
// kMostVectors vectors of columns.
namespace p2s::cpu {

// Vectors of columns of a panel, and rows of a tile, at most.
constexpr int kMostVectors = kRegisters / 8, kMostRows = 14;
constexpr int kPanelColumns = kMostVectors * kLanes;

// Rows whose sums, with a panel's row and one factor, fill the registers.
constexpr int tile_rows(int vectors) { return std::min(kMostRows, (kRegisters - 1) / vectors - 1); }

// Where the numbers of a row lie: `count` runs of `length`, each `step` after the one before.
struct Runs {
  int64_t count = 1, length = 0, step = 0;
  int64_t numbers() const { return count * length; }
};

// Memory that is wanted next, fetched while a tile is computed: 128 bytes every four numbers.
struct Prefetch {
  const char* from;
  int64_t step;  // 128, or 0 for none
};

// [R, V vectors] = finish(rows [R, runs] times a panel [runs.numbers(), V vectors])
template <int R, int V>
void multiply_tile(const real* const* rows, const Runs& runs, const real* panel,
                   const Target& target, Prefetch next) {
  constexpr int kColumns = V * kLanes;
  Vector acc[R][V] = {};
  const auto multiply = [&](const real* const* a, int64_t l, const real* b) {
    Vector w[V];
#pragma GCC unroll 4
    for (int j = 0; j < V; ++j) w[j] = load(b + j * kLanes);
#pragma GCC unroll 14
    for (int i = 0; i < R; ++i) {
      const real factor = a[i][l];
#pragma GCC unroll 4
      for (int j = 0; j < V; ++j) acc[i][j] += factor * w[j];
    }
  };
  for (int64_t run = 0; run < runs.count; ++run) {
    const real* a[R];
    for (int i = 0; i < R; ++i) a[i] = rows[i] + run * runs.step;
    int64_t l = 0;
    for (; l + 4 <= runs.length; l += 4) {
      __builtin_prefetch(next.from, 0, 2);
      __builtin_prefetch(next.from + 64, 0, 2);
      next.from += next.step;
#pragma GCC unroll 4
      for (int64_t u = 0; u < 4; ++u) multiply(a, l + u, panel + u * kColumns);
      panel += 4 * kColumns;
    }
    for (; l < runs.length; ++l, panel += kColumns) multiply(a, l, panel);
  }
  target.write(acc);
}

}  // namespace p2s::cpu

#pragma once

#include <algorithm>

#include "kernels/cuda/bfloat16.cuh"
#include "kernels/cuda/cells.cuh"
#include "kernels/cuda/cuda.h"
#include "kernels/cuda/intrinsics.cuh"
#include "kernels/cuda/launch.cuh"

// A whole sequence of a recurrence in one launch (persistent kernels: Diamos et al. 2016). Rows of
// the batch are dealt to groups of blocks, and the hidden units to the blocks of each group. A
// block keeps the recurrent weights of its units in shared memory, rounded to bfloat16, from the
// first step to the last; at each step it takes the product of what its whole group made of the
// step before, finishes its own units, shows them to the group and waits for it.
//
// A product is [16 rows] x [columns of this block] by tensor cores. Its K numbers are shared by
// `parts` warps, whose sums are added in order: the same input gives the same bits.
namespace p2s::cuda {

constexpr int kTileRows = 16;
constexpr int64_t kDepth = 32;  // numbers of K that a warp takes at once
constexpr int kAhead = 4;       // times that many are read before the first is multiplied
constexpr int kWarps = int(kThreads / kWarp);

// How the work is dealt, the same for all blocks.
struct Deal {
  int64_t batch = 0, hidden = 0, depth = 0;  // depth: K
  int64_t row_tiles = 0;                     // of a group
  int parts = 0;                             // warps to a tile of rows
  uint16_t* shown = nullptr;    // [2, groups * row_tiles * kTileRows, ld_shown()], bfloat16
  unsigned* arrived = nullptr;  // [groups]: blocks that have come to a wait, all waits together

  __host__ __device__ int64_t ld_shown() const { return (depth + kDepth - 1) / kDepth * kDepth; }
  // Rows of weights begin 64 bytes apart modulo 128: eight lanes' 16 bytes are in all 32 banks.
  __host__ __device__ int64_t ld_weights() const {
    const int64_t ld = ld_shown();
    return ld % 64 == 0 ? ld + 32 : ld;
  }
  __host__ __device__ int64_t weights_bytes(int64_t columns) const {
    return columns * ld_weights() * int64_t(sizeof(uint16_t));
  }
  static constexpr int64_t sums_bytes(int64_t columns) {
    return kWarps * kTileRows * columns * int64_t(sizeof(float));
  }
};

// The rows and units of this block.
template <int kUnits>
struct Share {
  int64_t first_row, rows, first_unit;

  __device__ explicit Share(const Deal& d)
      : first_row(blockIdx.y * d.row_tiles * kTileRows),
        rows(d.batch - first_row < d.row_tiles * kTileRows ? d.batch - first_row
                                                           : d.row_tiles * kTileRows),
        first_unit(int64_t(blockIdx.x) * kUnits) {}

  // f(row of the batch, unit of all, row of the share, unit of the share) for rows [begin, end) of
  // the share, dealt to the threads.
  template <class F>
  __device__ void each(const Deal& d, int64_t begin, int64_t end, const F& f) const {
    for (int64_t i = begin * kUnits + threadIdx.x; i < end * kUnits; i += blockDim.x) {
      const int64_t row = i / kUnits, unit = i - row * kUnits;
      if (first_unit + unit < d.hidden) f(first_row + row, first_unit + unit, row, unit);
    }
  }
  // Of the rows that run in a step, how many are of this share.
  __device__ int64_t running(int64_t of_batch) const {
    const int64_t n = of_batch - first_row;
    return n < 0 ? 0 : (n < rows ? n : rows);
  }
};

// Row `row` of the batch as the group sees it: the turns alternate, so that a block that is ahead
// writes where nobody reads.
__device__ inline uint16_t* shown_row(const Deal& d, int64_t turn, int64_t row) {
  const int64_t rows = int64_t(gridDim.y) * d.row_tiles * kTileRows;
  return d.shown + ((turn & 1) * rows + row) * d.ld_shown();
}

// Until all blocks of this group have come here for the `times`-th time. What any of them wrote
// before is seen by all after, where it is read through L2.
__device__ inline void wait_for_group(const Deal& d, int64_t times) {
  __syncthreads();
  if (threadIdx.x == 0) {
    unsigned* arrived = d.arrived + blockIdx.y;
    __threadfence();
    atomicAdd(arrived, 1u);
    while (*static_cast<volatile unsigned*>(arrived) < unsigned(times) * gridDim.x) __nanosleep(32);
    __threadfence();
  }
  __syncthreads();
}

// This warp's share of 16 rows, shown by the group, times the columns of this block. Each lane
// reads 8 neighbouring numbers of K at once and takes them as the pairs that two products want; the
// order of K is the same on both sides and does not matter.
template <int kTiles>
__device__ void multiply_part(const uint16_t* rows, int64_t ld, const uint16_t* weights,
                              int64_t ld_weights, int64_t begin, int64_t end,
                              float (&sums)[kTiles][4]) {
  const int64_t g = threadIdx.x % kWarp / 4, q = threadIdx.x % 4;
  const uint16_t* upper = rows + g * ld + q * 8;
  const uint16_t* columns = weights + g * ld_weights + q * 8;
  for (int64_t first = begin; first < end; first += kAhead) {
    // All of these are on their way before the first is waited for.
    uint4 u[kAhead], l[kAhead];
#pragma unroll
    for (int i = 0; i < kAhead; ++i) {
      if (first + i >= end) continue;
      const int64_t k = (first + i) * kDepth;
      u[i] = __ldcg(reinterpret_cast<const uint4*>(upper + k));
      l[i] = __ldcg(reinterpret_cast<const uint4*>(upper + 8 * ld + k));
    }
#pragma unroll
    for (int i = 0; i < kAhead; ++i) {
      if (first + i >= end) continue;
      const int64_t k = (first + i) * kDepth;
#pragma unroll
      for (int tile = 0; tile < kTiles; ++tile) {
        const uint4 w = *reinterpret_cast<const uint4*>(columns + tile * 8 * ld_weights + k);
        multiply_add(sums[tile], {u[i].x, l[i].x, u[i].y, l[i].y}, {w.x, w.y});
        multiply_add(sums[tile], {u[i].z, l[i].z, u[i].w, l[i].w}, {w.z, w.w});
      }
    }
  }
}

// The products of `running` rows of the share with this block's columns, a round of tiles after
// another: finish(row of the batch, unit of all, sums), where sums(i) is the product's column
// unit + i kUnits. The group's rows have been shown in `turn`.
template <int kUnits, int kColumns, class Finish>
__device__ void products(const Deal& d, const Share<kUnits>& share, int64_t turn, int64_t running,
                         const uint16_t* weights, float* sums, const Finish& finish) {
  const int warp = int(threadIdx.x / kWarp), part = warp % d.parts, lane = int(threadIdx.x % kWarp);
  const int64_t blocks = d.ld_shown() / kDepth;
  const int64_t rows_a_round = kWarps / d.parts * kTileRows;
  for (int64_t begin = 0; begin < running; begin += rows_a_round) {
    const int64_t first = begin + warp / d.parts * kTileRows;
    float tile[kColumns / 8][4] = {};
    if (first < running) {
      multiply_part(shown_row(d, turn, share.first_row + first), d.ld_shown(), weights,
                    d.ld_weights(), part * blocks / d.parts, (part + 1) * blocks / d.parts, tile);
    }
    float* mine = sums + (warp * kTileRows + lane / 4) * kColumns + lane % 4 * 2;
    for (int i = 0; i < kColumns / 8; ++i) {
      *reinterpret_cast<float2*>(mine + i * 8) = make_float2(tile[i][0], tile[i][1]);
      *reinterpret_cast<float2*>(mine + i * 8 + 8 * kColumns) = make_float2(tile[i][2], tile[i][3]);
    }
    __syncthreads();
    const int64_t end = begin + rows_a_round < running ? begin + rows_a_round : running;
    share.each(d, begin, end, [&](int64_t row, int64_t unit, int64_t my_row, int64_t my_unit) {
      const int64_t place = my_row - begin;
      const float* first_part =
          sums + (place / kTileRows * d.parts * kTileRows + place % kTileRows) * kColumns + my_unit;
      finish(row, unit, [&](int i) {
        float sum = 0;
        for (int p = 0; p < d.parts; ++p) sum += first_part[p * kTileRows * kColumns + i * kUnits];
        return sum;
      });
    });
    __syncthreads();
  }
}

// A Cell's kernels. It has the struct of the call as `s`, its number of gates, and functions of a
// row, a unit and a step that say what is done there; see sequence.cu.
template <class Cell, int kUnits>
__global__ void forward_sequence(Cell cell, Deal d) {
  constexpr int kColumns = Cell::kGates * kUnits;
  const Share<kUnits> share(d);
  auto* weights = reinterpret_cast<uint16_t*>(launch_memory());
  auto* sums = reinterpret_cast<float*>(launch_memory() + d.weights_bytes(kColumns));
  for (int64_t i = threadIdx.x; i < kColumns * d.ld_weights(); i += blockDim.x) {
    // Neighbouring threads read neighbouring units.
    const int64_t k = i / kColumns, column = i % kColumns,
                  unit = share.first_unit + column % kUnits;
    const bool inside = k < d.depth && unit < d.hidden;
    const int64_t place = (k * Cell::kGates + column / kUnits) * d.hidden + unit;
    weights[column * d.ld_weights() + k] = to_bfloat16(inside ? cell.s.recurrent[place] : 0);
  }
  share.each(d, 0, share.rows, [&](int64_t row, int64_t unit, auto...) {
    shown_row(d, 0, row)[unit] = to_bfloat16(cell.first(row, unit));
  });
  int64_t waits = 0;
  for (int64_t t = 0; t < cell.s.time; ++t) {
    const int64_t begin = cell.s.begin[t], running = share.running(cell.s.begin[t + 1] - begin);
    if (running > 0) {
      wait_for_group(d, ++waits);
      products<kUnits, kColumns>(d, share, t, running, weights, sums,
                                 [&](int64_t row, int64_t unit, const auto& product) {
                                   Gates<Cell::kGates> gates;
                                   for (int g = 0; g < Cell::kGates; ++g) gates.at[g] = product(g);
                                   const float h = cell.step(t, row, unit, begin + row, gates);
                                   shown_row(d, t + 1, row)[unit] = to_bfloat16(h);
                                 });
    } else {
      __syncthreads();  // other threads of the block have written the states
    }
    share.each(d, running, share.rows,
               [&](int64_t row, int64_t unit, auto...) { cell.keep(t, row, unit); });
  }
}

// Through time, last step first. What the group shows are the gradients of the products h U; the
// weights of a unit are its row of U.
template <class Cell, int kUnits>
__global__ void backward_sequence(Cell cell, Deal d) {
  const Share<kUnits> share(d);
  auto* weights = reinterpret_cast<uint16_t*>(launch_memory());
  auto* sums = reinterpret_cast<float*>(launch_memory() + d.weights_bytes(kUnits));
  for (int64_t i = threadIdx.x; i < kUnits * d.ld_weights(); i += blockDim.x) {
    const int64_t k = i % d.ld_weights(), unit = share.first_unit + i / d.ld_weights();
    const bool inside = k < d.depth && unit < d.hidden;
    weights[i] = to_bfloat16(inside ? cell.s.recurrent[unit * d.depth + k] : 0);
  }
  share.each(d, 0, share.rows, [&](int64_t row, int64_t unit, auto...) { cell.begin(row, unit); });
  int64_t waits = 0;
  for (int64_t t = cell.s.time - 1; t >= 0; --t) {
    const int64_t begin = cell.s.begin[t], running = share.running(cell.s.begin[t + 1] - begin);
    __syncthreads();  // other threads of the block have written the gradient of h
    share.each(d, 0, share.rows, [&](int64_t row, int64_t unit, int64_t my_row, int64_t) {
      cell.receive(t, row, unit);
      if (my_row >= running) return;
      const Gates<Cell::kGates> into = cell.step(t, row, unit, begin + row);
      uint16_t* shown = shown_row(d, t, row) + unit;
      for (int g = 0; g < Cell::kGates; ++g) shown[g * d.hidden] = to_bfloat16(into.at[g]);
    });
    if (running == 0) continue;
    wait_for_group(d, ++waits);
    products<kUnits, kUnits>(
        d, share, t, running, weights, sums,
        [&](int64_t row, int64_t unit, const auto& product) { cell.add(row, unit, product(0)); });
  }
}

}  // namespace p2s::cuda

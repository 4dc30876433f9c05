#include "kernels/cuda/column_sums.cuh"
#include "kernels/cuda/cuda.h"
#include "kernels/cuda/team.cuh"

namespace p2s::cuda {
namespace {

__global__ void copy_block_kernel(int64_t rows, int64_t columns, const float* from, int64_t ld_from,
                                  float* to, int64_t ld_to, bool accumulate) {
  for (int64_t i = thread_index(); i < rows * columns; i += thread_count()) {
    const int64_t row = quotient_of(i, columns), column = i - row * columns;
    float& target = to[row * ld_to + column];
    const float value = from[row * ld_from + column];
    target = accumulate ? target + value : value;
  }
}

// A sum times `scale` for each row of [rows, n].
template <bool kWarpTeam>
__global__ void row_sums(int64_t rows, int64_t n, float scale, const float* x, float* y) {
  using T = Team<kWarpTeam>;
  const int64_t row = T::row();
  if (row >= rows) return;
  float sum = 0;
  for (int64_t c = T::rank(); c < n; c += T::size()) sum += x[row * n + c];
  sum = T::sum(sum);
  if (T::rank() == 0) y[row] = sum * scale;
}

// A sum times `scale` for each column of each of `outer` matrices [n, inner].
__global__ void inner_sums(int64_t outer, int64_t n, int64_t inner, float scale, const float* x,
                           float* y) {
  for (int64_t i = thread_index(); i < outer * inner; i += thread_count()) {
    const int64_t matrix = quotient_of(i, inner);
    const float* column = x + matrix * n * inner + (i - matrix * inner);
    float sum = 0;
    for (int64_t j = 0; j < n; ++j) sum += column[j * inner];
    y[i] = sum * scale;
  }
}

struct Element {
  const float* x;
  int64_t columns;
  __device__ float2 operator()(int64_t row, int64_t column) const {
    return make_float2(x[row * columns + column], 0);
  }
};

struct StoreScaled {
  float scale;
  float* y;
  __device__ void operator()(int64_t column, float2 sums) const { y[column] = sums.x * scale; }
};

struct Place {
  float value;
  int64_t at;
};
// The first of the largest.
struct FirstLargest {
  __device__ Place operator()(Place a, Place b) const {
    return b.value > a.value || (b.value == a.value && b.at < a.at) ? b : a;
  }
};

// The first of the largest along the middle axis: a block's warps take 32 columns of a matrix, each
// its own rows.
__global__ void inner_maxima(int64_t n, int64_t inner, const float* x, float* y, int32_t* arg) {
  constexpr int kTogether = kThreads / kWarp;
  __shared__ Place best_of[kTogether][kWarp];
  const int lane = int(threadIdx.x % kWarp), warp = int(threadIdx.x / kWarp);
  const int64_t across = (inner + kWarp - 1) / kWarp;
  const int64_t matrix = blockIdx.x / across, column = blockIdx.x % across * kWarp + lane;
  const FirstLargest join;
  Place best{0, 0};
  if (column < inner) {
    x += matrix * n * inner + column;
    best.value = x[0];
    for (int64_t j = warp; j < n; j += kTogether) best = join(best, {x[j * inner], j});
  }
  best_of[warp][lane] = best;
  __syncthreads();
  if (warp != 0 || column >= inner) return;
  for (int other = 1; other < kTogether; ++other) best = join(best, best_of[other][lane]);
  y[matrix * inner + column] = best.value;
  if (arg != nullptr) arg[matrix * inner + column] = int32_t(best.at);
}

// The same along rows: each thread its own share, then the smallest place that holds the maximum.
template <bool kWarpTeam>
__global__ void row_maxima(int64_t rows, int64_t n, const float* x, float* y, int32_t* arg) {
  using T = Team<kWarpTeam>;
  const int64_t row = T::row();
  if (row >= rows) return;
  x += row * n;
  float largest = x[0];
  for (int64_t c = T::rank(); c < n; c += T::size()) largest = Largest()(largest, x[c]);
  largest = T::largest(largest);
  auto place = int32_t(n);
  for (int64_t c = T::rank(); c < n; c += T::size()) {
    if (x[c] == largest && c < place) place = int32_t(c);
  }
  place = T::smallest(place);
  if (T::rank() != 0) return;
  y[row] = largest;
  if (arg != nullptr) arg[row] = place;
}

__global__ void reduce_grad_kernel(Reduce op, int64_t outer, int64_t n, int64_t inner,
                                   const float* dy, const int32_t* arg, float* dx) {
  for (int64_t i = thread_index(); i < outer * n * inner; i += thread_count()) {
    const int64_t row = quotient_of(i, inner), o = quotient_of(row, n), j = row - o * n;
    const int64_t place = o * inner + (i - row * inner);
    if (op == Reduce::max) {
      if (arg[place] == j) dx[i] += dy[place];
    } else {
      dx[i] += op == Reduce::mean ? dy[place] / float(n) : dy[place];
    }
  }
}

// Rows this few would leave most of the GPU idle.
constexpr int64_t kFewRows = 64;

}  // namespace

void copy_block(int64_t rows, int64_t columns, const float* from, int64_t ld_from, float* to,
                int64_t ld_to, bool accumulate) {
  launch(copy_block_kernel, grid_for(rows * columns), rows, columns, from, ld_from, to, ld_to,
         accumulate);
}

void reduce(Reduce op, int64_t outer, int64_t n, int64_t inner, const float* x, float* y,
            int32_t* arg) {
  if (op == Reduce::max) {
    if (inner == 1) {
      launch(short_rows(n) ? row_maxima<true> : row_maxima<false>, grid_for_rows(outer, n), outer,
             n, x, y, arg);
    } else {
      const int64_t across = (inner + kWarp - 1) / kWarp;
      launch(inner_maxima, {dim3(unsigned(outer * across))}, n, inner, x, y, arg);
    }
    return;
  }
  const float scale = op == Reduce::mean ? 1 / float(n) : 1;
  if (outer == 1 && (inner > 1 || n > kShortRow * kFewRows)) {
    column_sums(n, inner, Element{x, inner}, StoreScaled{scale, y});
  } else if (inner == 1) {
    launch(short_rows(n) ? row_sums<true> : row_sums<false>, grid_for_rows(outer, n), outer, n,
           scale, x, y);
  } else {
    launch(inner_sums, grid_for(outer * inner), outer, n, inner, scale, x, y);
  }
}

void reduce_grad(Reduce op, int64_t outer, int64_t n, int64_t inner, const float* dy,
                 const int32_t* arg, float* dx) {
  if (dx == nullptr) return;
  launch(reduce_grad_kernel, grid_for(outer * n * inner), op, outer, n, inner, dy, arg, dx);
}

}  // namespace p2s::cuda

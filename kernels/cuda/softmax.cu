#include "kernels/cuda/cuda.h"
#include "kernels/cuda/softmax.cuh"
#include "kernels/cuda/team.cuh"

namespace p2s::cuda {
namespace {

template <bool kWarpTeam, bool kLog>
__global__ void softmax_rows(int64_t rows, int64_t columns, const float* x, float* y) {
  using T = Team<kWarpTeam>;
  const int64_t row = T::row();
  if (row >= rows) return;
  x += row * columns, y += row * columns;
  const LogSumExp total = log_sum_exp<T>(columns, x);
  for (int64_t c = T::rank(); c < columns; c += T::size()) {
    y[c] = kLog ? (x[c] - total.largest) - total.log_sum
                : functor::exp(x[c] - total.largest) / total.sum;
  }
}

template <bool kWarpTeam, bool kLog>
__global__ void softmax_grad_rows(int64_t rows, int64_t columns, const float* y, const float* dy,
                                  float* dx, bool accumulate) {
  using T = Team<kWarpTeam>;
  const int64_t row = T::row();
  if (row >= rows) return;
  y += row * columns, dy += row * columns, dx += row * columns;
  float sum = 0;
  for (int64_t c = T::rank(); c < columns; c += T::size()) sum += kLog ? dy[c] : y[c] * dy[c];
  sum = T::sum(sum);
  for (int64_t c = T::rank(); c < columns; c += T::size()) {
    const float slope = kLog ? dy[c] - functor::exp(y[c]) * sum : y[c] * (dy[c] - sum);
    dx[c] = accumulate ? dx[c] + slope : slope;
  }
}

template <bool kLog>
void normalize(int64_t rows, int64_t columns, const float* x, float* y) {
  if (columns == 0) return;
  launch(short_rows(columns) ? softmax_rows<true, kLog> : softmax_rows<false, kLog>,
         grid_for_rows(rows, columns), rows, columns, x, y);
}

template <bool kLog>
void normalize_grad(int64_t rows, int64_t columns, const float* y, const float* dy, float* dx,
                    bool accumulate) {
  if (dx == nullptr || columns == 0) return;
  launch(short_rows(columns) ? softmax_grad_rows<true, kLog> : softmax_grad_rows<false, kLog>,
         grid_for_rows(rows, columns), rows, columns, y, dy, dx, accumulate);
}

}  // namespace

void softmax(int64_t rows, int64_t columns, const float* x, float* y) {
  normalize<false>(rows, columns, x, y);
}

void softmax_grad(int64_t rows, int64_t columns, const float* y, const float* dy, float* dx,
                  bool accumulate) {
  normalize_grad<false>(rows, columns, y, dy, dx, accumulate);
}

void log_softmax(int64_t rows, int64_t columns, const float* x, float* y) {
  normalize<true>(rows, columns, x, y);
}

void log_softmax_grad(int64_t rows, int64_t columns, const float* y, const float* dy, float* dx,
                      bool accumulate) {
  normalize_grad<true>(rows, columns, y, dy, dx, accumulate);
}

}  // namespace p2s::cuda

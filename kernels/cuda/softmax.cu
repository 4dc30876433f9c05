#include "kernels/cuda/cuda.h"
#include "kernels/cuda/row.cuh"
#include "kernels/cuda/softmax.cuh"

namespace p2s::cuda {
namespace {

template <class By, bool kLog>
__global__ void softmax_rows(int64_t rows, int64_t columns, const float* x, float* y) {
  using T = typename By::T;
  const int64_t row = T::row();
  if (row >= rows) return;
  const typename By::R mine(x + row * columns, columns);
  const LogSumExp total = log_sum_exp<T>(mine);
  mine.write(y + row * columns, [=](float v) {
    return kLog ? (v - total.largest) - total.log_sum : functor::exp(v - total.largest) / total.sum;
  });
}

template <class By, bool kLog>
__global__ void softmax_grad_rows(int64_t rows, int64_t columns, const float* y, const float* dy,
                                  float* dx, bool accumulate) {
  using T = typename By::T;
  const int64_t row = T::row();
  if (row >= rows) return;
  y += row * columns, dx += row * columns;
  const typename By::R mine(dy + row * columns, columns);
  const float sum = T::sum(mine.sum([](float d, float p) { return kLog ? d : p * d; }, y));
  const auto slope = [=](float d, float p) {
    return kLog ? d - functor::exp(p) * sum : p * (d - sum);
  };
  if (accumulate) {
    mine.write(
        dx, [=](float d, float p, float old) { return old + slope(d, p); }, y, dx);
  } else {
    mine.write(dx, slope, y);
  }
}

template <bool kLog>
void normalize(int64_t rows, int64_t columns, const float* x, float* y) {
  if (columns == 0) return;
  const auto start = [&](auto by) {
    launch(softmax_rows<decltype(by), kLog>, grid_for_rows(rows, columns), rows, columns, x, y);
  };
  for_rows(columns, columns, start, x, y);
}

template <bool kLog>
void normalize_grad(int64_t rows, int64_t columns, const float* y, const float* dy, float* dx,
                    bool accumulate) {
  if (dx == nullptr || columns == 0) return;
  const auto start = [&](auto by) {
    launch(softmax_grad_rows<decltype(by), kLog>, grid_for_rows(rows, columns), rows, columns, y,
           dy, dx, accumulate);
  };
  for_rows(columns, columns, start, y, dy, dx);
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

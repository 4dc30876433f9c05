#include "kernels/cuda/bfloat16.cuh"
#include "kernels/cuda/convert.h"
#include "kernels/cuda/launch.cuh"

namespace p2s::cuda {
namespace {

__global__ void round_rows(int64_t rows, int64_t columns, const float* x, int64_t ld_x, uint16_t* y,
                           int64_t ld_y) {
  for (int64_t i = thread_index(); i < rows * ld_y; i += thread_count()) {
    const int64_t row = quotient_of(i, ld_y), column = i - row * ld_y;
    y[i] = column < columns ? to_bfloat16(x[row * ld_x + column]) : uint16_t(0);
  }
}

__global__ void scale_rows_kernel(int64_t rows, int64_t columns, float scale, float* y,
                                  int64_t ld) {
  for (int64_t i = thread_index(); i < rows * columns; i += thread_count()) {
    const int64_t row = quotient_of(i, columns), column = i - row * columns;
    float& target = y[row * ld + column];
    target = scale == 0 ? 0 : scale * target;
  }
}

__global__ void add_to_rows_kernel(int64_t rows, int64_t columns, const float* bias, float* y,
                                   int64_t ld) {
  for (int64_t i = thread_index(); i < rows * columns; i += thread_count()) {
    const int64_t row = quotient_of(i, columns), column = i - row * columns;
    y[row * ld + column] += bias[column];
  }
}

}  // namespace

void round_to_bfloat16(int64_t rows, int64_t columns, const float* x, int64_t ld_x, uint16_t* y,
                       int64_t ld_y) {
  launch(round_rows, grid_for(rows * ld_y), rows, columns, x, ld_x, y, ld_y);
}

void scale_rows(int64_t rows, int64_t columns, float scale, float* y, int64_t ld) {
  launch(scale_rows_kernel, grid_for(rows * columns), rows, columns, scale, y, ld);
}

void add_to_rows(int64_t rows, int64_t columns, const float* bias, float* y, int64_t ld) {
  launch(add_to_rows_kernel, grid_for(rows * columns), rows, columns, bias, y, ld);
}

}  // namespace p2s::cuda

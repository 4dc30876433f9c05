#include "kernels/cuda/cuda.h"
#include "kernels/cuda/images.cuh"

// Forward: a thread for each output. Backward: a thread for each input, which gathers from the
// windows it lies in, so that no two threads add to the same number.
namespace p2s::cuda {
namespace {

// Rows or columns of x, those of window `at`, without the padding: [begin, end).
struct Stretch {
  int64_t begin, end;
};
__device__ Stretch inputs_of(const Sized<Pool2d>& p, int64_t at, int64_t size) {
  const int64_t first = at * p.stride - p.pad, past = first + p.window;
  return {first < 0 ? 0 : first, past > size ? size : past};
}
// The windows that row or column `at` of x lies in, of `count` there are.
__device__ Stretch windows_of(const Sized<Pool2d>& p, int64_t at, int64_t count) {
  const int64_t padded = at + p.pad, past = padded / p.stride + 1;
  const int64_t first = padded < p.window ? 0 : (padded - p.window) / p.stride + 1;
  return {first, past > count ? count : past};
}

__global__ void max_pool_kernel(Sized<Pool2d> p, int64_t outputs, const float* x, float* y,
                                int32_t* arg) {
  for (int64_t i = thread_index(); i < outputs; i += thread_count()) {
    const Place at = place_of(i, p.P, p.Q, p.channels);
    const Stretch rows = inputs_of(p, at.row, p.height), columns = inputs_of(p, at.column, p.width);
    const float* image = x + at.image * p.height * p.width * p.channels;
    int64_t best = -1;
    float largest = 0;
    for (int64_t row = rows.begin; row < rows.end; ++row) {
      for (int64_t column = columns.begin; column < columns.end; ++column) {
        const int64_t place = (row * p.width + column) * p.channels + at.channel;
        if (best >= 0 && image[place] <= largest) continue;
        best = place, largest = image[place];
      }
    }
    y[i] = largest;
    if (arg != nullptr) arg[i] = int32_t(best);
  }
}

__global__ void max_pool_grad_kernel(Sized<Pool2d> p, int64_t inputs, const int32_t* arg,
                                     const float* dy, float* dx) {
  const int64_t P = p.P, Q = p.Q;
  for (int64_t i = thread_index(); i < inputs; i += thread_count()) {
    const Place at = place_of(i, p.height, p.width, p.channels);
    const Stretch rows = windows_of(p, at.row, P), columns = windows_of(p, at.column, Q);
    const int64_t mine = (at.row * p.width + at.column) * p.channels + at.channel;
    float sum = 0;
    for (int64_t row = rows.begin; row < rows.end; ++row) {
      for (int64_t column = columns.begin; column < columns.end; ++column) {
        const int64_t out = ((at.image * P + row) * Q + column) * p.channels + at.channel;
        if (arg[out] == mine) sum += dy[out];
      }
    }
    dx[i] += sum;
  }
}

__device__ float inputs_in(const Sized<Pool2d>& p, int64_t row, int64_t column) {
  const Stretch rows = inputs_of(p, row, p.height), columns = inputs_of(p, column, p.width);
  return float((rows.end - rows.begin) * (columns.end - columns.begin));
}

__global__ void average_pool_kernel(Sized<Pool2d> p, int64_t outputs, const float* x, float* y) {
  for (int64_t i = thread_index(); i < outputs; i += thread_count()) {
    const Place at = place_of(i, p.P, p.Q, p.channels);
    const Stretch rows = inputs_of(p, at.row, p.height), columns = inputs_of(p, at.column, p.width);
    const float* image = x + at.image * p.height * p.width * p.channels;
    float sum = 0;
    for (int64_t row = rows.begin; row < rows.end; ++row) {
      for (int64_t column = columns.begin; column < columns.end; ++column) {
        sum += image[(row * p.width + column) * p.channels + at.channel];
      }
    }
    y[i] = sum / inputs_in(p, at.row, at.column);
  }
}

__global__ void average_pool_grad_kernel(Sized<Pool2d> p, int64_t inputs, const float* dy,
                                         float* dx) {
  const int64_t P = p.P, Q = p.Q;
  for (int64_t i = thread_index(); i < inputs; i += thread_count()) {
    const Place at = place_of(i, p.height, p.width, p.channels);
    const Stretch rows = windows_of(p, at.row, P), columns = windows_of(p, at.column, Q);
    float sum = 0;
    for (int64_t row = rows.begin; row < rows.end; ++row) {
      for (int64_t column = columns.begin; column < columns.end; ++column) {
        const int64_t out = ((at.image * P + row) * Q + column) * p.channels + at.channel;
        sum += dy[out] / inputs_in(p, row, column);
      }
    }
    dx[i] += sum;
  }
}

int64_t inputs(const Sized<Pool2d>& p) { return p.batch * p.height * p.width * p.channels; }
int64_t outputs(const Sized<Pool2d>& p) { return p.batch * p.P * p.Q * p.channels; }

}  // namespace

void max_pool(const Pool2d& p, const float* x, float* y, int32_t* arg) {
  launch(max_pool_kernel, grid_for(outputs(p)), p, outputs(p), x, y, arg);
}

void max_pool_grad(const Pool2d& p, const int32_t* arg, const float* dy, float* dx) {
  if (dx == nullptr) return;
  launch(max_pool_grad_kernel, grid_for(inputs(p)), p, inputs(p), arg, dy, dx);
}

void average_pool(const Pool2d& p, const float* x, float* y) {
  launch(average_pool_kernel, grid_for(outputs(p)), p, outputs(p), x, y);
}

void average_pool_grad(const Pool2d& p, const float* dy, float* dx) {
  if (dx == nullptr) return;
  launch(average_pool_grad_kernel, grid_for(inputs(p)), p, inputs(p), dy, dx);
}

}  // namespace p2s::cuda

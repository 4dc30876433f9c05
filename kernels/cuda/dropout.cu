#include "kernels/cuda/cuda.h"
#include "kernels/cuda/launch.cuh"
#include "kernels/dropout_mask.h"

namespace p2s::cuda {
namespace {

// A thread draws one Philox block, for four elements.
__global__ void dropout_kernel(int64_t n, float p, uint64_t key, const float* x, float* y) {
  for (int64_t block = thread_index(); block * 4 < n; block += thread_count()) {
    const auto draws = Philox::block(key, uint64_t(block));
    for (int64_t k = 0; k < 4; ++k) {
      const int64_t i = block * 4 + k;
      if (i < n) y[i] = dropout_keeps(draws[size_t(k)], p) ? x[i] / (1 - p) : 0;
    }
  }
}

__global__ void dropout_grad_kernel(int64_t n, float p, uint64_t key, const float* dy, float* dx) {
  for (int64_t block = thread_index(); block * 4 < n; block += thread_count()) {
    const auto draws = Philox::block(key, uint64_t(block));
    for (int64_t k = 0; k < 4; ++k) {
      const int64_t i = block * 4 + k;
      if (i < n && dropout_keeps(draws[size_t(k)], p)) dx[i] += dy[i] / (1 - p);
    }
  }
}

}  // namespace

void dropout(int64_t n, float p, uint64_t key, const float* x, float* y) {
  launch(dropout_kernel, grid_for((n + 3) / 4), n, p, key, x, y);
}

void dropout_grad(int64_t n, float p, uint64_t key, const float* dy, float* dx) {
  if (dx == nullptr) return;
  launch(dropout_grad_kernel, grid_for((n + 3) / 4), n, p, key, dy, dx);
}

}  // namespace p2s::cuda

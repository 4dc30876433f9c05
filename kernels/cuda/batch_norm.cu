#include "kernels/cuda/column_sums.cuh"
#include "kernels/cuda/cuda.h"
#include "kernels/functors.h"

namespace p2s::cuda {
namespace {

struct Plain {
  const float* x;
  int64_t columns;
  __device__ float2 operator()(int64_t row, int64_t column) const {
    return make_float2(x[row * columns + column], 0);
  }
};

struct StoreMean {
  float* mean;
  float rows;
  __device__ void operator()(int64_t column, float2 sums) const { mean[column] = sums.x / rows; }
};

struct SquaredDistance {
  const float *x, *mean;
  int64_t columns;
  __device__ float2 operator()(int64_t row, int64_t column) const {
    const float away = x[row * columns + column] - mean[column];
    return make_float2(away * away, 0);
  }
};

struct StoreDeviation {
  const float* mean;
  float *inverse_deviation, *running_mean, *running_variance;
  float rows, epsilon, momentum;
  __device__ void operator()(int64_t column, float2 sums) const {
    const float unbiased = sums.x / (rows > 1 ? rows - 1 : 1);
    inverse_deviation[column] = 1 / sqrtf(sums.x / rows + epsilon);
    running_mean[column] += momentum * (mean[column] - running_mean[column]);
    running_variance[column] += momentum * (unbiased - running_variance[column]);
  }
};

__global__ void apply_norm(int64_t rows, int64_t columns, const float* x, const float* gain,
                           const float* bias, const float* residual, Activation activation,
                           const float* mean, const float* inverse_deviation, float* y) {
  for (int64_t i = thread_index(); i < rows * columns; i += thread_count()) {
    const int64_t c = remainder_of(i, columns);
    const float sum = (x[i] - mean[c]) * inverse_deviation[c] * gain[c] + bias[c];
    y[i] = functor::activate(activation, residual == nullptr ? sum : sum + residual[i]);
  }
}

// The sums of dy and of dy times the normalised x.
struct GradientSums {
  const float *x, *mean, *inverse_deviation, *dy;
  int64_t columns;
  __device__ float2 operator()(int64_t row, int64_t column) const {
    const float g = dy[row * columns + column];
    const float normal = (x[row * columns + column] - mean[column]) * inverse_deviation[column];
    return make_float2(g * normal, g);
  }
};

struct StoreSums {
  float2* sums;
  float *d_gain, *d_bias;
  __device__ void operator()(int64_t column, float2 sum) const {
    sums[column] = sum;
    if (d_gain != nullptr) d_gain[column] += sum.x;
    if (d_bias != nullptr) d_bias[column] += sum.y;
  }
};

__global__ void add_to_input(int64_t rows, int64_t columns, const float* x, const float* gain,
                             const float* mean, const float* inverse_deviation, const float* dy,
                             const float2* sums, float* dx, bool accumulate) {
  for (int64_t i = thread_index(); i < rows * columns; i += thread_count()) {
    const int64_t c = remainder_of(i, columns);
    const float normal = (x[i] - mean[c]) * inverse_deviation[c];
    const float rest = (sums[c].y + normal * sums[c].x) / float(rows);
    const float slope = gain[c] * inverse_deviation[c] * (dy[i] - rest);
    dx[i] = accumulate ? dx[i] + slope : slope;
  }
}

}  // namespace

void batch_norm(int64_t rows, int64_t columns, const float* x, const float* gain, const float* bias,
                const float* residual, Activation activation, float epsilon, float momentum,
                float* y, float* mean, float* inverse_deviation, float* running_mean,
                float* running_variance) {
  column_sums(rows, columns, Plain{x, columns}, StoreMean{mean, float(rows)});
  column_sums(rows, columns, SquaredDistance{x, mean, columns},
              StoreDeviation{mean, inverse_deviation, running_mean, running_variance, float(rows),
                             epsilon, momentum});
  launch(apply_norm, grid_for(rows * columns), rows, columns, x, gain, bias, residual, activation,
         mean, inverse_deviation, y);
}

void batch_norm_grad(int64_t rows, int64_t columns, const float* x, const float* gain,
                     const float* mean, const float* inverse_deviation, const float* dy, float* dx,
                     float* d_gain, float* d_bias, bool accumulate) {
  const Scratch sums(size_t(columns) * sizeof(float2));
  column_sums(rows, columns, GradientSums{x, mean, inverse_deviation, dy, columns},
              StoreSums{sums.as<float2>(), d_gain, d_bias});
  if (dx == nullptr) return;
  launch(add_to_input, grid_for(rows * columns), rows, columns, x, gain, mean, inverse_deviation,
         dy, sums.as<float2>(), dx, accumulate);
}

}  // namespace p2s::cuda

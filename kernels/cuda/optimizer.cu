#include "kernels/cuda/cuda.h"
#include "kernels/cuda/launch.cuh"

namespace p2s::cuda {
namespace {

constexpr int64_t kMostParts = 512;

__global__ void sum_squares_parts(int64_t n, const float* x, double* parts) {
  __shared__ double sums[kThreads];
  double sum = 0;
  for (int64_t i = thread_index(); i < n; i += thread_count()) sum += double(x[i]) * double(x[i]);
  sums[threadIdx.x] = sum;
  __syncthreads();
  for (unsigned half = kThreads / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) sums[threadIdx.x] += sums[threadIdx.x + half];
    __syncthreads();
  }
  if (threadIdx.x == 0) parts[blockIdx.x] = sums[0];
}

__global__ void adam_kernel(int64_t n, AdamStep step, const float* gradient, float* m, float* v,
                            float* w) {
  for (int64_t i = thread_index(); i < n; i += thread_count()) {
    const float g = step.scale * gradient[i];
    const float first = step.beta1 * m[i] + (1 - step.beta1) * g;
    const float second = step.beta2 * v[i] + (1 - step.beta2) * g * g;
    const float deviation = sqrtf(second / step.correction2) + step.epsilon;
    m[i] = first, v[i] = second;
    w[i] -= step.rate * (first / step.correction1 / deviation + step.decay * w[i]);
  }
}

__global__ void sgd_kernel(int64_t n, float rate, float momentum, float decay, float scale,
                           const float* gradient, float* v, float* w) {
  for (int64_t i = thread_index(); i < n; i += thread_count()) {
    float direction = scale * gradient[i] + decay * w[i];
    if (v != nullptr) {
      direction += momentum * v[i];
      v[i] = direction;
    }
    w[i] -= rate * direction;
  }
}

}  // namespace

double sum_squares(int64_t n, const float* x) {
  if (n == 0) return 0;
  const int64_t count = std::clamp<int64_t>(n / kThreads, 1, kMostParts);
  const Scratch parts(size_t(count) * sizeof(double));
  launch(sum_squares_parts, {dim3(unsigned(count))}, n, x, parts.as<double>());
  double sums[kMostParts];
  to_host(sums, parts.as<double>(), size_t(count) * sizeof(double));
  double total = 0;
  for (int64_t i = 0; i < count; ++i) total += sums[i];
  return total;
}

void adam(int64_t n, const AdamStep& step, const float* gradient, float* m, float* v, float* w) {
  launch(adam_kernel, grid_for(n), n, step, gradient, m, v, w);
}

void sgd(int64_t n, float rate, float momentum, float decay, float scale, const float* gradient,
         float* v, float* w) {
  launch(sgd_kernel, grid_for(n), n, rate, momentum, decay, scale, gradient, v, w);
}

}  // namespace p2s::cuda

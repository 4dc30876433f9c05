#include <vector>

#include "kernels/cuda/cuda.h"
#include "kernels/cuda/launch.cuh"
#include "kernels/functors.h"

namespace p2s::cuda {
namespace {

// Numbers that a block of threads updates.
constexpr int64_t kPiece = 1 << 14;

// All blocks in pieces of about one size, on the device.
class Pieces {
 public:
  Pieces(int64_t count, const UpdateBlock* blocks)
      : host_(cut(count, blocks)), device_(host_.size() * sizeof(UpdateBlock)) {
    from_host(device_.as<void>(), host_.data(), host_.size() * sizeof(UpdateBlock));
  }
  const UpdateBlock* data() const { return device_.as<UpdateBlock>(); }
  int64_t count() const { return int64_t(host_.size()); }
  Grid grid() const { return {dim3(unsigned(host_.size()))}; }

 private:
  static std::vector<UpdateBlock> cut(int64_t count, const UpdateBlock* blocks) {
    std::vector<UpdateBlock> pieces;
    for (int64_t i = 0; i < count; ++i) {
      for (int64_t begin = 0; begin < blocks[i].size; begin += kPiece) {
        UpdateBlock piece = blocks[i];
        const auto move = [&](auto*& pointer) {
          if (pointer != nullptr) pointer += begin;
        };
        move(piece.gradient), move(piece.first), move(piece.second), move(piece.weight);
        piece.size = std::min(kPiece, blocks[i].size - begin);
        pieces.push_back(piece);
      }
    }
    return pieces;
  }
  std::vector<UpdateBlock> host_;
  Scratch device_;
};

// What the threads' numbers come to, for thread 0.
__device__ double sum_of_threads(double sum) {
  __shared__ double sums[kThreads];
  sums[threadIdx.x] = sum;
  __syncthreads();
  for (unsigned half = kThreads / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) sums[threadIdx.x] += sums[threadIdx.x + half];
    __syncthreads();
  }
  return sums[0];
}

__global__ void sum_squares_of_pieces(const UpdateBlock* pieces, double* parts) {
  const UpdateBlock piece = pieces[blockIdx.x];
  double sum = 0;
  for (int64_t i = threadIdx.x; i < piece.size; i += kThreads) {
    sum += double(piece.gradient[i]) * double(piece.gradient[i]);
  }
  sum = sum_of_threads(sum);
  if (threadIdx.x == 0) parts[blockIdx.x] = sum;
}

__global__ void root_of_parts(int64_t count, const double* parts, float* root) {
  double sum = 0;
  for (int64_t i = threadIdx.x; i < count; i += kThreads) sum += parts[i];
  sum = sum_of_threads(sum);
  if (threadIdx.x == 0) root[0] = float(sqrt(sum));
}

__global__ void adam_kernel(const UpdateBlock* pieces, AdamStep step) {
  const UpdateBlock b = pieces[blockIdx.x];
  const float scale = functor::value_of(step.scale);
  for (int64_t i = threadIdx.x; i < b.size; i += kThreads) {
    const float g = scale * b.gradient[i];
    const float m = step.beta1 * b.first[i] + (1 - step.beta1) * g;
    const float v = step.beta2 * b.second[i] + (1 - step.beta2) * g * g;
    const float deviation = sqrtf(v / step.correction2) + step.epsilon;
    b.first[i] = m, b.second[i] = v;
    b.weight[i] -= b.rate * (m / step.correction1 / deviation + step.decay * b.weight[i]);
  }
}

__global__ void sgd_kernel(const UpdateBlock* pieces, SgdStep step) {
  const UpdateBlock b = pieces[blockIdx.x];
  const float scale = functor::value_of(step.scale);
  for (int64_t i = threadIdx.x; i < b.size; i += kThreads) {
    float direction = scale * b.gradient[i] + step.decay * b.weight[i];
    if (b.first != nullptr) {
      direction += step.momentum * b.first[i];
      b.first[i] = direction;
    }
    b.weight[i] -= b.rate * direction;
  }
}

}  // namespace

void gradient_norm(int64_t count, const UpdateBlock* blocks, float* norm) {
  const Pieces pieces(count, blocks);
  if (pieces.count() == 0) return fill(1, 0, norm);
  const Scratch parts(size_t(pieces.count()) * sizeof(double));
  launch(sum_squares_of_pieces, pieces.grid(), pieces.data(), parts.as<double>());
  launch(root_of_parts, Grid{dim3(1)}, pieces.count(), parts.as<double>(), norm);
}

void adam(int64_t count, const UpdateBlock* blocks, const AdamStep& step) {
  const Pieces pieces(count, blocks);
  launch(adam_kernel, pieces.grid(), pieces.data(), step);
}

void sgd(int64_t count, const UpdateBlock* blocks, const SgdStep& step) {
  const Pieces pieces(count, blocks);
  launch(sgd_kernel, pieces.grid(), pieces.data(), step);
}

}  // namespace p2s::cuda

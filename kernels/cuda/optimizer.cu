#include <vector>

#include "kernels/cuda/cuda.h"
#include "kernels/cuda/map.cuh"
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

// Calls f(gradient, numbers) for all numbers of a piece, four at a time where they are aligned; f
// changes the numbers: first moment, second moment, weight, of which the moments may be missing.
struct Numbers {
  float first, second, weight;
};
template <class F>
__device__ void update_piece(const UpdateBlock& b, const F& f) {
  const auto one = [&](float g, float m, float v, float w) {
    Numbers numbers{m, v, w};
    f(g, numbers);
    return numbers;
  };
  const bool aligned =
      fits_four(b.gradient) && fits_four(b.first) && fits_four(b.second) && fits_four(b.weight);
  const int64_t fours = aligned ? b.size / 4 : 0;
  for (int64_t i = threadIdx.x; i < fours; i += kThreads) {
    const float4 none = make_float4(0, 0, 0, 0);
    const float4 g = reinterpret_cast<const float4*>(b.gradient)[i];
    const float4 m = b.first != nullptr ? reinterpret_cast<float4*>(b.first)[i] : none;
    const float4 v = b.second != nullptr ? reinterpret_cast<float4*>(b.second)[i] : none;
    const float4 w = reinterpret_cast<float4*>(b.weight)[i];
    const Numbers x = one(g.x, m.x, v.x, w.x), y = one(g.y, m.y, v.y, w.y),
                  z = one(g.z, m.z, v.z, w.z), u = one(g.w, m.w, v.w, w.w);
    const auto store = [&](float* to, float Numbers::*part) {
      if (to == nullptr) return;
      reinterpret_cast<float4*>(to)[i] = make_float4(x.*part, y.*part, z.*part, u.*part);
    };
    store(b.first, &Numbers::first), store(b.second, &Numbers::second);
    store(b.weight, &Numbers::weight);
  }
  for (int64_t i = 4 * fours + threadIdx.x; i < b.size; i += kThreads) {
    const Numbers x = one(b.gradient[i], b.first != nullptr ? b.first[i] : 0,
                          b.second != nullptr ? b.second[i] : 0, b.weight[i]);
    if (b.first != nullptr) b.first[i] = x.first;
    if (b.second != nullptr) b.second[i] = x.second;
    b.weight[i] = x.weight;
  }
}

__global__ void adam_kernel(const UpdateBlock* pieces, AdamStep step) {
  const UpdateBlock b = pieces[blockIdx.x];
  const float scale = functor::value_of(step.scale);
  update_piece(b, [=](float gradient, Numbers& n) {
    const float g = scale * gradient;
    n.first = step.beta1 * n.first + (1 - step.beta1) * g;
    n.second = step.beta2 * n.second + (1 - step.beta2) * g * g;
    const float deviation = sqrtf(n.second / step.correction2) + step.epsilon;
    n.weight -= b.rate * (n.first / step.correction1 / deviation + step.decay * n.weight);
  });
}

// Without momentum there are no first moments.
__global__ void sgd_kernel(const UpdateBlock* pieces, SgdStep step) {
  const UpdateBlock b = pieces[blockIdx.x];
  const float scale = functor::value_of(step.scale), kept = b.first != nullptr ? step.momentum : 0;
  update_piece(b, [=](float gradient, Numbers& n) {
    n.first = kept * n.first + (scale * gradient + step.decay * n.weight);
    n.weight -= b.rate * n.first;
  });
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

#pragma once

#include "kernels/cuda/launch.cuh"

// Rows of a matrix, each worked on by a team of threads: a warp where rows are short, else a block.
namespace p2s::cuda {

constexpr int64_t kShortRow = 1024;

inline bool short_rows(int64_t columns) { return columns <= kShortRow; }

// A team for each row.
inline Grid grid_for_rows(int64_t rows, int64_t columns) {
  const int64_t warps = kThreads / kWarp;
  return {dim3(unsigned(short_rows(columns) ? (rows + warps - 1) / warps : rows))};
}

struct Sum {
  template <class Number>
  __device__ Number operator()(Number a, Number b) const {
    return a + b;
  }
};
struct Largest {
  // A NaN stays.
  __device__ float operator()(float a, float b) const { return b > a || b != b ? b : a; }
};

struct Smallest {
  __device__ int32_t operator()(int32_t a, int32_t b) const { return b < a ? b : a; }
};

template <class V, class Join>
__device__ V join_warp(V value, Join join) {
  for (int distance = 16; distance > 0; distance /= 2) {
    value = join(value, __shfl_xor_sync(0xFFFFFFFFu, value, distance));
  }
  return value;
}

// All threads of the team get the result, which does not depend on timing.
template <bool kWarp_>
struct Team {
  static constexpr bool kWarpTeam = kWarp_;
  __device__ static int64_t row() {
    return kWarpTeam ? int64_t(blockIdx.x) * (blockDim.x / kWarp) + threadIdx.x / kWarp
                     : int64_t(blockIdx.x);
  }
  __device__ static int64_t rank() { return kWarpTeam ? threadIdx.x % kWarp : threadIdx.x; }
  __device__ static int64_t size() { return kWarpTeam ? kWarp : blockDim.x; }

  // What a thread wrote before is seen by the whole team after.
  __device__ static void sync() {
    if constexpr (kWarpTeam) {
      __syncwarp();
    } else {
      __syncthreads();
    }
  }

  template <class V, class Join>
  __device__ static V join(V value, Join how) {
    value = join_warp(value, how);
    if constexpr (!kWarpTeam) {
      __shared__ V of_warps[kThreads / kWarp];
      __syncthreads();  // until everyone has read what an earlier call left here
      if (threadIdx.x % kWarp == 0) of_warps[threadIdx.x / kWarp] = value;
      __syncthreads();
      value = of_warps[0];
      for (unsigned i = 1; i < kThreads / kWarp; ++i) value = how(value, of_warps[i]);
    }
    return value;
  }
  __device__ static float sum(float value) { return join(value, Sum()); }
  __device__ static float largest(float value) { return join(value, Largest()); }
  __device__ static int32_t smallest(int32_t value) { return join(value, Smallest()); }
};

}  // namespace p2s::cuda

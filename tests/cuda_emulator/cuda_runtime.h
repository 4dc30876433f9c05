#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <utility>

// A stand-in for the part of CUDA's header that kernels/cuda/*.cu use, so that g++ compiles them
// and a machine without a GPU runs them: blocks one after another, each of a block's threads a
// fiber that gives way at every barrier. It finds wrong indices, sums and barriers; what it cannot
// show is timing, memory order between threads and the libraries' products.

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __shared__ static

struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1)  // NOLINT: as CUDA has it
      : x(x), y(y), z(z) {}
};
struct float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

using cudaStream_t = struct CUstream_st*;
enum cudaError_t { cudaSuccess = 0 };

// Of the thread that runs now.
extern dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace emulator {
// Runs `thread` for every thread of the grid. Ends the program with a line on stderr if the threads
// of a block wait for each other at different barriers.
void run(dim3 grid, dim3 block, const std::function<void()>& thread);
// Waits for all threads of the block, or of the warp.
void block_barrier();
void warp_barrier();
// What this warp's lanes show each other: `lane`'s place for the current exchange. begin_exchange
// alternates between two sets of places, so that none is overwritten before all have read it.
int begin_exchange();
uint64_t& shown(int exchange, unsigned lane);
}  // namespace emulator

inline void __syncthreads() { emulator::block_barrier(); }
inline void __syncwarp(unsigned = 0xFFFFFFFFu) { emulator::warp_barrier(); }

template <class T>
T __shfl_sync(unsigned, T value, int lane) {
  static_assert(sizeof(T) <= sizeof(uint64_t));
  const int exchange = emulator::begin_exchange();
  std::memcpy(&emulator::shown(exchange, threadIdx.x % 32), &value, sizeof value);
  emulator::warp_barrier();
  std::memcpy(&value, &emulator::shown(exchange, unsigned(lane) % 32), sizeof value);
  return value;
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int distance) {
  return __shfl_sync(mask, value, int(threadIdx.x % 32) ^ distance);
}

inline uint32_t __float_as_uint(float x) {
  uint32_t bits = 0;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

template <class... P>
cudaError_t cudaLaunchKernel(void (*kernel)(P...), dim3 grid, dim3 block, void** arguments, size_t,
                             cudaStream_t) {
  [&]<size_t... i>(std::index_sequence<i...>) {
    emulator::run(grid, block, [&] { kernel(*static_cast<P*>(arguments[i])...); });
  }
  (std::index_sequence_for<P...>());
  return cudaSuccess;
}

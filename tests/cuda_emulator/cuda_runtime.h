#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <utility>

// A stand-in for the part of CUDA's header that kernels/cuda/*.cu use, so that g++ compiles them
// and a machine without a GPU runs them: blocks one after another, or all at once where they are
// launched to wait for each other, each of a block's threads a fiber that gives way at every
// barrier. It finds wrong indices, sums and barriers; what it cannot show is timing, memory order
// between threads and the libraries' products.

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
struct alignas(16) uint4 {
  uint32_t x, y, z, w;
};
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

using cudaStream_t = struct CUstream_st*;
enum cudaError_t { cudaSuccess = 0 };

// Of the thread that runs now.
extern dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace emulator {
// How many blocks run at once: one, whose __shared__ arrays are static, or all, which have only the
// memory that the launch gives them.
enum class Blocks { in_turn, together };
// Runs `thread` for every thread of the grid. Ends the program with a line on stderr if the threads
// wait for each other at different barriers.
void run(dim3 grid, dim3 block, Blocks blocks, size_t launch_bytes,
         const std::function<void()>& thread);
// Of the block that runs now.
unsigned char* launch_memory();
// Lets others run first.
void give_way();
// Something happened that others may wait for.
void note_progress();
// Waits for all threads of the block, or of the warp.
void block_barrier();
void warp_barrier();
// What this warp's lanes show each other: `lane`'s place for the current exchange. begin_exchange
// alternates between two sets of places, so that none is overwritten before all have read it.
int begin_exchange();
struct Shown {
  uint64_t numbers[2];
};
Shown& shown(int exchange, unsigned lane);
}  // namespace emulator

inline void __threadfence() {}
inline void __nanosleep(unsigned) { emulator::give_way(); }
inline unsigned atomicAdd(unsigned* to, unsigned value) {
  emulator::note_progress();
  return std::exchange(*to, *to + value);
}
template <class T>
T __ldcg(const T* from) {
  return *from;
}

inline void __syncthreads() { emulator::block_barrier(); }
inline void __syncwarp(unsigned = 0xFFFFFFFFu) { emulator::warp_barrier(); }

namespace emulator {
// The values of all lanes.
template <class T>
void show(const T& value, T (&all)[32]) {
  static_assert(sizeof(T) <= sizeof(Shown));
  const int exchange = begin_exchange();
  std::memcpy(&shown(exchange, threadIdx.x % 32), &value, sizeof value);
  warp_barrier();
  for (unsigned lane = 0; lane < 32; ++lane) {
    std::memcpy(&all[lane], &shown(exchange, lane), sizeof value);
  }
}
}  // namespace emulator

template <class T>
T __shfl_sync(unsigned, T value, int lane) {
  T all[32];
  emulator::show(value, all);
  return all[unsigned(lane) % 32];
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

namespace emulator {
template <class... P>
cudaError_t launch(void (*kernel)(P...), dim3 grid, dim3 block, Blocks blocks, void** arguments,
                   size_t launch_bytes) {
  [&]<size_t... i>(std::index_sequence<i...>) {
    run(grid, block, blocks, launch_bytes, [&] { kernel(*static_cast<P*>(arguments[i])...); });
  }
  (std::index_sequence_for<P...>());
  return cudaSuccess;
}
}  // namespace emulator

template <class... P>
cudaError_t cudaLaunchKernel(void (*kernel)(P...), dim3 grid, dim3 block, void** arguments,
                             size_t launch_bytes, cudaStream_t) {
  return emulator::launch(kernel, grid, block, emulator::Blocks::in_turn, arguments, launch_bytes);
}
template <class... P>
cudaError_t cudaLaunchCooperativeKernel(void (*kernel)(P...), dim3 grid, dim3 block,
                                        void** arguments, size_t launch_bytes, cudaStream_t) {
  return emulator::launch(kernel, grid, block, emulator::Blocks::together, arguments, launch_bytes);
}

enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize };
template <class Kernel>
cudaError_t cudaFuncSetAttribute(Kernel*, cudaFuncAttribute, int) {
  return cudaSuccess;
}

#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "kernels/cuda/runtime.h"

// How kernels are started. Every kernel loops over what exceeds its grid, so no size is too large.
namespace p2s::cuda {

constexpr unsigned kThreads = 256;
constexpr unsigned kWarp = 32;
// Enough blocks to fill any GPU several times over.
constexpr int64_t kMostBlocks = 8192;

struct Grid {
  dim3 blocks;
  unsigned threads = kThreads;
};

// A thread for each of n elements.
inline Grid grid_for(int64_t n) {
  const int64_t blocks = (n + kThreads - 1) / kThreads;
  return {dim3(unsigned(std::min(blocks, kMostBlocks)))};
}

// Queues the kernel; a grid of no blocks is nothing to do.
template <class... P>
void launch(void (*kernel)(P...), const Grid& grid, std::type_identity_t<P>... arguments) {
  if (grid.blocks.x == 0) return;
  void* pointers[] = {&arguments...};
  check_cuda(cudaLaunchKernel(kernel, grid.blocks, dim3(grid.threads), pointers, 0, stream()),
             "starting a kernel");
}

// Queues a kernel whose blocks, of kThreads threads, wait for each other: all run at once, or it
// fails. Each has so many bytes of launch_memory().
template <class... P>
void launch_together(void (*kernel)(P...), dim3 blocks, size_t shared_bytes,
                     std::type_identity_t<P>... arguments) {
  check_cuda(
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, int(shared_bytes)),
      "asking for shared memory");
  void* pointers[] = {&arguments...};
  check_cuda(
      cudaLaunchCooperativeKernel(kernel, blocks, dim3(kThreads), pointers, shared_bytes, stream()),
      "starting a kernel on all multiprocessors");
}

// This thread's number in the grid, and how many there are.
__device__ inline int64_t thread_index() { return int64_t(blockIdx.x) * blockDim.x + threadIdx.x; }
__device__ inline int64_t thread_count() { return int64_t(gridDim.x) * blockDim.x; }

// i mod n; 64-bit division costs ten times as much.
__device__ inline int64_t remainder_of(int64_t i, int64_t n) {
  return ((i | n) >> 32) == 0 ? int64_t(uint32_t(i) % uint32_t(n)) : i % n;
}
__device__ inline int64_t quotient_of(int64_t i, int64_t n) {
  return ((i | n) >> 32) == 0 ? int64_t(uint32_t(i) / uint32_t(n)) : i / n;
}

}  // namespace p2s::cuda

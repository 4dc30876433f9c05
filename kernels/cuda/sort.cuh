#pragma once

#include "kernels/cuda/launch.cuh"

// A bitonic sort (Batcher 1968) of unsigned keys, ascending. Keys are distinct but for kLastKey,
// which fills up to a power of two, so the order is the same at every run.
namespace p2s::cuda {

constexpr uint64_t kLastKey = ~uint64_t(0);
// Keys that a block sorts in its shared memory.
constexpr int64_t kSortedByBlock = 2 * kThreads;

inline int64_t sorted_size(int64_t n) {
  int64_t size = kSortedByBlock;
  while (size < n) size *= 2;
  return size;
}

// Orders one pair at distance `distance` in sequences of `length` that run up and down in turn.
__device__ inline void order_pair(uint64_t* keys, int64_t pair, int64_t distance, int64_t first,
                                  int64_t length) {
  const int64_t low = pair / distance * 2 * distance + pair % distance, high = low + distance;
  const bool ascending = ((first + low) & length) == 0;
  const uint64_t a = keys[low], b = keys[high];
  if ((a > b) == ascending) keys[low] = b, keys[high] = a;
}

// All distances below kSortedByBlock, for lengths from..to, in shared memory.
__global__ static void sort_in_blocks(uint64_t* keys, int64_t from, int64_t to) {
  __shared__ uint64_t mine[kSortedByBlock];
  const int64_t first = blockIdx.x * kSortedByBlock;
  const int64_t pair = threadIdx.x;
  mine[pair] = keys[first + pair];
  mine[pair + kThreads] = keys[first + pair + kThreads];
  __syncthreads();
  for (int64_t length = from; length <= to; length *= 2) {
    const int64_t farthest = length / 2 < int64_t(kThreads) ? length / 2 : int64_t(kThreads);
    for (int64_t distance = farthest; distance > 0; distance /= 2) {
      order_pair(mine, pair, distance, first, length);
      __syncthreads();
    }
  }
  keys[first + pair] = mine[pair];
  keys[first + pair + kThreads] = mine[pair + kThreads];
}

__global__ static void sort_at_distance(int64_t pairs, uint64_t* keys, int64_t distance,
                                        int64_t length) {
  for (int64_t pair = thread_index(); pair < pairs; pair += thread_count()) {
    order_pair(keys, pair, distance, 0, length);
  }
}

// n is sorted_size() of something.
inline void sort_keys(int64_t n, uint64_t* keys) {
  const Grid blocks{dim3(unsigned(n / kSortedByBlock))};
  launch(sort_in_blocks, blocks, keys, 2, kSortedByBlock);
  for (int64_t length = 2 * kSortedByBlock; length <= n; length *= 2) {
    for (int64_t distance = length / 2; distance >= kSortedByBlock; distance /= 2) {
      launch(sort_at_distance, grid_for(n / 2), n / 2, keys, distance, length);
    }
    launch(sort_in_blocks, blocks, keys, length, length);
  }
}

}  // namespace p2s::cuda

#include "kernels/cuda/cuda.h"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/sort.cuh"

namespace p2s::cuda {
namespace {

__global__ void gather_rows_kernel(int64_t n, int64_t columns, const int32_t* ids,
                                   const float* table, float* y) {
  for (int64_t i = thread_index(); i < n * columns; i += thread_count()) {
    const int64_t row = quotient_of(i, columns), column = i - row * columns;
    const int64_t id = ids[row];
    y[i] = id < 0 ? 0 : table[id * columns + column];
  }
}

__global__ void zero_rows_kernel(int64_t n, int64_t columns, const int32_t* ids, float* table) {
  for (int64_t i = thread_index(); i < n * columns; i += thread_count()) {
    const int64_t row = quotient_of(i, columns);
    table[ids[row] * columns + (i - row * columns)] = 0;
  }
}

// ---- the gradient: rows of x sorted by id, each id's rows summed in their order. No two blocks
// write the same numbers, so the sums are the same at every run.

__global__ void make_keys(int64_t n, int64_t padded, const int32_t* ids, uint64_t* keys) {
  for (int64_t i = thread_index(); i < padded; i += thread_count()) {
    const bool counts = i < n && ids[i] >= 0;
    keys[i] = counts ? (uint64_t(uint32_t(ids[i])) << 32) | uint64_t(i) : kLastKey;
  }
}

__device__ int64_t id_of(uint64_t key) { return int64_t(key >> 32); }

// The first place whose key is at least `key`.
__device__ int64_t lower_bound(int64_t n, const uint64_t* keys, uint64_t key) {
  int64_t begin = 0, end = n;
  while (begin < end) {
    const int64_t middle = (begin + end) / 2;
    if (keys[middle] < key) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin;
}

// Frequent words have segments of thousands of rows: they are summed in chunks of kChunk rows, the
// last one taking what is left over (so a chunk has kChunk to 2 kChunk - 1 rows, and no two chunks
// of long segments begin within the same kChunk places).
constexpr int64_t kChunk = 32;

struct Segment {
  int64_t begin, end;
  __device__ bool whole() const { return end - begin < 2 * kChunk; }
  __device__ int64_t chunks() const { return whole() ? 1 : (end - begin) / kChunk; }
};

__device__ Segment segment_at(int64_t n, const uint64_t* keys, int64_t place) {
  const uint64_t first = uint64_t(id_of(keys[place])) << 32;
  return {lower_bound(n, keys, first), lower_bound(n, keys, first + (uint64_t(1) << 32))};
}

// A block for each place of the sorted keys: where a chunk begins, it sums the chunk.
__global__ void sum_chunks(int64_t n, int64_t columns, const uint64_t* keys, float scale,
                           const float* x, float* table, float* partial) {
  for (int64_t place = blockIdx.x; place < n; place += gridDim.x) {
    const uint64_t key = keys[place];
    if (key == kLastKey) return;  // and so are all that follow
    const Segment segment = segment_at(n, keys, place);
    const int64_t chunk = (place - segment.begin) / kChunk;
    if ((place - segment.begin) % kChunk != 0 || chunk >= segment.chunks()) continue;
    const int64_t end = chunk + 1 == segment.chunks() ? segment.end : place + kChunk;
    float* to = segment.whole() ? table + id_of(key) * columns : partial + place / kChunk * columns;
    for (int64_t c = threadIdx.x; c < columns; c += blockDim.x) {
      float sum = 0;
      for (int64_t i = place; i < end; ++i) sum += x[int64_t(uint32_t(keys[i])) * columns + c];
      to[c] = segment.whole() ? to[c] + scale * sum : sum;
    }
  }
}

__global__ void add_chunks(int64_t n, int64_t columns, const uint64_t* keys, float scale,
                           const float* partial, float* table) {
  for (int64_t place = blockIdx.x; place < n; place += gridDim.x) {
    const uint64_t key = keys[place];
    if (key == kLastKey) return;
    if (place > 0 && id_of(keys[place - 1]) == id_of(key)) continue;
    const Segment segment = segment_at(n, keys, place);
    if (segment.whole()) continue;
    for (int64_t c = threadIdx.x; c < columns; c += blockDim.x) {
      float sum = 0;
      for (int64_t k = 0; k < segment.chunks(); ++k) {
        sum += partial[(place + k * kChunk) / kChunk * columns + c];
      }
      table[id_of(key) * columns + c] += scale * sum;
    }
  }
}

}  // namespace

void gather_rows(int64_t n, int64_t columns, const int32_t* ids, const float* table, float* y) {
  launch(gather_rows_kernel, grid_for(n * columns), n, columns, ids, table, y);
}

void zero_rows(int64_t n, int64_t columns, const int32_t* ids, float* table) {
  launch(zero_rows_kernel, grid_for(n * columns), n, columns, ids, table);
}

void scatter_add_rows(int64_t n, int64_t columns, const int32_t* ids, float scale, const float* x,
                      float* table) {
  if (n == 0 || columns == 0) return;
  const int64_t padded = sorted_size(n);
  const Scratch keys(size_t(padded) * sizeof(uint64_t));
  const Scratch partial(size_t((n / kChunk + 1) * columns) * sizeof(float));
  launch(make_keys, grid_for(padded), n, padded, ids, keys.as<uint64_t>());
  sort_keys(padded, keys.as<uint64_t>());
  const Grid a_block_a_place{dim3(unsigned(std::min<int64_t>(n, int64_t(1) << 20))),
                             columns <= 128 ? 64u : kThreads};
  launch(sum_chunks, a_block_a_place, n, columns, keys.as<uint64_t>(), scale, x, table,
         partial.as<float>());
  // Fewer rows than a long segment needs: none to add.
  if (n < 2 * kChunk) return;
  launch(add_chunks, a_block_a_place, n, columns, keys.as<uint64_t>(), scale, partial.as<float>(),
         table);
}

}  // namespace p2s::cuda

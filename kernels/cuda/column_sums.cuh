#pragma once

#include <cmath>

#include "kernels/cuda/launch.cuh"

// Sums over the rows of a matrix for each of its columns, two at a time, in a fixed order.
// source(row, column) gives the two numbers as float2, sink(column, sums) takes what they come to.
namespace p2s::cuda {

__device__ inline float2 operator+(float2 a, float2 b) { return make_float2(a.x + b.x, a.y + b.y); }

constexpr int kRowsAtOnce = kThreads / kWarp;

// A block takes 32 columns and rows [y, y + 1) * rows_a_part. With several parts their sums go to
// parts [part, column].
template <class Source, class Sink>
__global__ void column_sums_of_parts(int64_t rows, int64_t columns, int64_t rows_a_part,
                                     Source source, float2* parts, Sink sink) {
  __shared__ float2 sums[kRowsAtOnce][kWarp];
  const int lane = int(threadIdx.x % kWarp), group = int(threadIdx.x / kWarp);
  const int64_t column = int64_t(blockIdx.x) * kWarp + lane;
  const int64_t begin = blockIdx.y * rows_a_part;
  const int64_t end = begin + rows_a_part < rows ? begin + rows_a_part : rows;
  float2 sum = make_float2(0, 0);
  if (column < columns) {
    for (int64_t row = begin + group; row < end; row += kRowsAtOnce) {
      sum = sum + source(row, column);
    }
  }
  sums[group][lane] = sum;
  __syncthreads();
  if (group != 0 || column >= columns) return;
  for (int other = 1; other < kRowsAtOnce; ++other) sum = sum + sums[other][lane];
  if (parts == nullptr) {
    sink(column, sum);
  } else {
    parts[blockIdx.y * columns + column] = sum;
  }
}

template <class Sink>
__global__ void add_parts(int64_t count, int64_t columns, const float2* parts, Sink sink) {
  for (int64_t column = thread_index(); column < columns; column += thread_count()) {
    float2 sum = make_float2(0, 0);
    for (int64_t part = 0; part < count; ++part) sum = sum + parts[part * columns + column];
    sink(column, sum);
  }
}

// One column: the threads of a block take neighbouring rows.
template <class Source>
__global__ void single_column_parts(int64_t rows, Source source, float2* parts) {
  __shared__ float2 sums[kThreads];
  float2 sum = make_float2(0, 0);
  for (int64_t row = thread_index(); row < rows; row += thread_count()) {
    sum = sum + source(row, 0);
  }
  sums[threadIdx.x] = sum;
  __syncthreads();
  for (unsigned half = kThreads / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) {
      sums[threadIdx.x] = sums[threadIdx.x] + sums[threadIdx.x + half];
    }
    __syncthreads();
  }
  if (threadIdx.x == 0) parts[blockIdx.x] = sums[0];
}

template <class Source, class Sink>
void column_sums(int64_t rows, int64_t columns, const Source& source, const Sink& sink) {
  constexpr int64_t kWantedBlocks = 512;
  if (columns == 0) return;
  if (columns == 1) {
    const int64_t count = std::clamp<int64_t>(rows / kThreads, 1, kWantedBlocks);
    const Scratch parts(size_t(count) * sizeof(float2));
    launch(single_column_parts<Source>, {dim3(unsigned(count))}, rows, source, parts.as<float2>());
    launch(add_parts<Sink>, grid_for(1), count, 1, parts.as<float2>(), sink);
    return;
  }
  const int64_t across = (columns + kWarp - 1) / kWarp;
  const int64_t most = std::max<int64_t>(1, rows / (4 * kRowsAtOnce));
  const int64_t wanted = std::clamp<int64_t>(kWantedBlocks / across, 1, most);
  const int64_t rows_a_part = std::max<int64_t>(1, (rows + wanted - 1) / wanted);
  const int64_t count = std::max<int64_t>(1, (rows + rows_a_part - 1) / rows_a_part);
  const Scratch parts(count > 1 ? size_t(count * columns) * sizeof(float2) : 0);
  launch(column_sums_of_parts<Source, Sink>, {dim3(unsigned(across), unsigned(count))}, rows,
         columns, rows_a_part, source, parts.as<float2>(), sink);
  if (count > 1)
    launch(add_parts<Sink>, grid_for(columns), count, columns, parts.as<float2>(), sink);
}

// Adds the first and the second sum to two vectors, of which either may be null.
struct AddToVectors {
  float* first;
  float* second;
  __device__ void operator()(int64_t column, float2 sums) const {
    if (first != nullptr) first[column] += sums.x;
    if (second != nullptr) second[column] += sums.y;
  }
};

}  // namespace p2s::cuda

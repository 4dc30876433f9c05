#include "kernels/cuda/cuda.h"
#include "kernels/cuda/softmax.cuh"
#include "kernels/cuda/team.cuh"

// A block for each row. Rows may share an image: gradients of keys and values are gathered from the
// rows by a thread for each number, in the rows' order.
namespace p2s::cuda {
namespace {

using Block = Team<false>;
using Lanes = Team<true>;

template <class Step>
__device__ int64_t image_of(const Step& a, int64_t row) {
  return a.image == nullptr ? row : a.image[row];
}

template <class Step>
__device__ bool ended(const Step& a, int64_t row) {
  return a.lengths != nullptr && a.step >= a.lengths[row];
}

__device__ int64_t warp_of_block() { return threadIdx.x / kWarp; }
__device__ int64_t warps_of_block() { return blockDim.x / kWarp; }

// e of every place, a warp for each, left in the row's weights.
__device__ void score_places(const Attention& a, int64_t row) {
  const float* query = a.query + row * (a.size + 1);
  for (int64_t l = warp_of_block(); l < a.places; l += warps_of_block()) {
    const float* key = a.keys + (image_of(a, row) * a.places + l) * a.size;
    float e = 0;
    for (int64_t j = Lanes::rank(); j < a.size; j += Lanes::size()) {
      e += a.score[j] * functor::tanh(key[j] + query[j]);
    }
    e = Lanes::sum(e);
    if (Lanes::rank() == 0) a.weights[row * a.places + l] = e;
  }
  Block::sync();
}

__device__ int32_t drawn(int64_t places, const float* weights, float draw) {
  double sum = 0;
  for (int64_t l = 0; l < places; ++l) {
    sum += double(weights[l]);
    if (double(draw) < sum) return int32_t(l);
  }
  return int32_t(places - 1);
}

__global__ void attention_rows(Attention a) {
  const int64_t row = blockIdx.x, L = a.places, C = a.channels;
  float *weights = a.weights + row * L, *context = a.context + row * C;
  if (ended(a, row)) {
    for (int64_t l = Block::rank(); l < L; l += Block::size()) weights[l] = 0;
    for (int64_t c = Block::rank(); c < C; c += Block::size()) context[c] = 0;
    if (Block::rank() != 0) return;
    a.gate[row] = 0;
    if (a.draws != nullptr) a.picks[row] = -1;
    return;
  }
  score_places(a, row);
  const LogSumExp total = log_sum_exp<Block>(Row<Block, Access::ones>(weights, L));
  for (int64_t l = Block::rank(); l < L; l += Block::size()) {
    weights[l] = functor::exp(weights[l] - total.largest) / total.sum;
  }
  Block::sync();
  const float gate = functor::sigmoid(a.query[row * (a.size + 1) + a.size]);
  if (Block::rank() == 0) {
    a.gate[row] = gate;
    if (a.draws != nullptr) a.picks[row] = drawn(L, weights, a.draws[row]);
  }
  Block::sync();
  const float* values = a.values + image_of(a, row) * L * C;
  for (int64_t c = Block::rank(); c < C; c += Block::size()) {
    float seen = 0;
    if (a.draws != nullptr) {
      seen = values[a.picks[row] * C + c];
    } else {
      for (int64_t l = 0; l < L; ++l) seen += weights[l] * values[l * C + c];
    }
    context[c] = gate * seen;
  }
}

__device__ float weight_of(const AttentionGrad& a, int64_t row, int64_t l) {
  if (a.picks != nullptr) return a.picks[row] == l ? 1 : 0;
  return a.weights[row * a.places + l];
}

// slopes [B,L] gets the gradient of e; d_query and d_score are finished.
__global__ void attention_grad_rows(AttentionGrad a, float* slopes) {
  const int64_t row = blockIdx.x, L = a.places, A = a.size, C = a.channels;
  float *d_query = a.d_query + row * (A + 1), *d_e = slopes + row * L;
  if (ended(a, row)) {
    for (int64_t l = Block::rank(); l < L; l += Block::size()) d_e[l] = 0;
    for (int64_t j = Block::rank(); j <= A; j += Block::size()) d_query[j] = 0;
    return;
  }
  const int64_t image = image_of(a, row);
  const float *weights = a.weights + row * L, *d_context = a.d_context + row * C;
  for (int64_t l = warp_of_block(); l < L; l += warps_of_block()) {
    const float* value = a.values + (image * L + l) * C;
    float product = 0;
    for (int64_t c = Lanes::rank(); c < C; c += Lanes::size()) product += value[c] * d_context[c];
    product = Lanes::sum(product);
    if (Lanes::rank() == 0) d_e[l] = product;
  }
  Block::sync();
  const float gate = a.gate[row];
  float d_gate = 0, mean = 0;
  for (int64_t l = Block::rank(); l < L; l += Block::size()) {
    d_gate += weight_of(a, row, l) * d_e[l];
    d_e[l] = (a.picks == nullptr ? gate * d_e[l] : 0) +
             (a.d_weights == nullptr ? 0 : a.d_weights[row * L + l]);
    mean += weights[l] * d_e[l];
  }
  d_gate = Block::sum(d_gate);
  mean = Block::sum(mean);
  for (int64_t l = Block::rank(); l < L; l += Block::size()) d_e[l] = weights[l] * (d_e[l] - mean);
  Block::sync();
  const float* query = a.query + row * (A + 1);
  for (int64_t j = Block::rank(); j < A; j += Block::size()) {
    float into_query = 0, into_score = 0;
    for (int64_t l = 0; l < L; ++l) {
      const float t = functor::tanh(a.keys[(image * L + l) * A + j] + query[j]);
      into_query += d_e[l] * a.score[j] * (1 - t * t);
      into_score += d_e[l] * t;
    }
    d_query[j] = into_query;
    if (a.d_score != nullptr) a.d_score[row * A + j] += into_score;
  }
  if (Block::rank() == 0) d_query[A] = d_gate * gate * (1 - gate);
}

// Calls f(row) for the rows that run and see `image`.
template <class F>
__device__ void for_rows_of(const AttentionGrad& a, int64_t image, F&& f) {
  const int64_t begin = a.image == nullptr ? image : 0;
  const int64_t end = a.image == nullptr ? image + 1 : a.rows;
  for (int64_t row = begin; row < end && row < a.rows; ++row) {
    if (image_of(a, row) == image && !ended(a, row)) f(row);
  }
}

__global__ void add_to_keys(AttentionGrad a, const float* slopes) {
  for (int64_t i = thread_index(); i < a.images * a.places * a.size; i += thread_count()) {
    const int64_t place = quotient_of(i, a.size), j = i - place * a.size;
    const int64_t image = quotient_of(place, a.places), l = place - image * a.places;
    float sum = 0;
    for_rows_of(a, image, [&](int64_t row) {
      const float t = functor::tanh(a.keys[i] + a.query[row * (a.size + 1) + j]);
      sum += slopes[row * a.places + l] * a.score[j] * (1 - t * t);
    });
    a.d_keys[i] += sum;
  }
}

__global__ void add_to_values(AttentionGrad a) {
  for (int64_t i = thread_index(); i < a.images * a.places * a.channels; i += thread_count()) {
    const int64_t place = quotient_of(i, a.channels), c = i - place * a.channels;
    const int64_t image = quotient_of(place, a.places), l = place - image * a.places;
    float sum = 0;
    for_rows_of(a, image, [&](int64_t row) {
      sum += a.gate[row] * weight_of(a, row, l) * a.d_context[row * a.channels + c];
    });
    a.d_values[i] += sum;
  }
}

}  // namespace

void attention(const Attention& a) { launch(attention_rows, {dim3(unsigned(a.rows))}, a); }

void attention_grad(const AttentionGrad& a) {
  const Scratch slopes(size_t(a.rows * a.places) * sizeof(float));
  launch(attention_grad_rows, {dim3(unsigned(a.rows))}, a, slopes.as<float>());
  if (a.d_keys != nullptr) {
    launch(add_to_keys, grid_for(a.images * a.places * a.size), a, slopes.as<float>());
  }
  if (a.d_values != nullptr) {
    launch(add_to_values, grid_for(a.images * a.places * a.channels), a);
  }
}

}  // namespace p2s::cuda

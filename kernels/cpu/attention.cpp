#include <algorithm>
#include <vector>

#include "kernels/cpu/cpu.h"
#include "kernels/cpu/grain.h"
#include "kernels/cpu/softmax.h"
#include "kernels/cpu/vector.h"
#include "kernels/functors.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {
namespace {

template <class Step>
int64_t image_of(const Step& a, int64_t row) {
  return a.image == nullptr ? row : a.image[row];
}

void add_scaled(int64_t n, real scale, const real* x, real* y) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) y[i] += scale * x[i];
}

int32_t drawn(int64_t places, const real* weights, real draw) {
  double sum = 0;
  for (int64_t l = 0; l < places; ++l) {
    sum += double(weights[l]);
    if (double(draw) < sum) return int32_t(l);
  }
  return int32_t(places - 1);
}

void attend(const Attention& a, int64_t row) {
  const int64_t L = a.places, A = a.size, C = a.channels, image = image_of(a, row);
  const real *keys = a.keys + image * L * A, *values = a.values + image * L * C;
  const real *query = a.query + row * (A + 1), *score = a.score;
  real *weights = a.weights + row * L, *context = a.context + row * C;
  for (int64_t l = 0; l < L; ++l) {
    const real* key = keys + l * A;
    real e = 0;
#pragma omp simd reduction(+ : e)
    for (int64_t j = 0; j < A; ++j) e += score[j] * functor::tanh(key[j] + query[j]);
    weights[l] = e;
  }
  const real share = 1 / exp_row(L, weights, weights);
  for (int64_t l = 0; l < L; ++l) weights[l] *= share;
  const real gate = functor::sigmoid(query[A]);
  a.gate[row] = gate;
  std::fill_n(context, C, real(0));
  if (a.draws != nullptr) {
    a.picks[row] = drawn(L, weights, a.draws[row]);
    add_scaled(C, gate, values + a.picks[row] * C, context);
    return;
  }
  for (int64_t l = 0; l < L; ++l) add_scaled(C, gate * weights[l], values + l * C, context);
}

// d_weights [L] becomes the gradient of the weights; returns that of the gate.
real context_grad(const AttentionGrad& a, int64_t row, std::vector<real>& d_weights) {
  const int64_t L = a.places, C = a.channels, image = image_of(a, row);
  const real *values = a.values + image * L * C, *d_context = a.d_context + row * C;
  real* d_values = a.d_values == nullptr ? nullptr : a.d_values + image * L * C;
  const real *weights = a.weights + row * L, gate = a.gate[row];
  if (a.d_weights != nullptr) {
    std::copy_n(a.d_weights + row * L, L, d_weights.begin());
  } else {
    std::fill(d_weights.begin(), d_weights.end(), real(0));
  }
  if (a.picks != nullptr) {
    const int64_t at = a.picks[row] * C;
    if (d_values != nullptr) add_scaled(C, gate, d_context, d_values + at);
    return dot(C, values + at, d_context);
  }
  real d_gate = 0;
  for (int64_t l = 0; l < L; ++l) {
    const real product = dot(C, values + l * C, d_context);
    if (d_values != nullptr) add_scaled(C, gate * weights[l], d_context, d_values + l * C);
    d_gate += weights[l] * product;
    d_weights[size_t(l)] += gate * product;
  }
  return d_gate;
}

void attend_grad(const AttentionGrad& a, int64_t row, std::vector<real>& d_weights,
                 std::vector<real>& unwanted) {
  const int64_t L = a.places, A = a.size, image = image_of(a, row);
  const real *weights = a.weights + row * L, *query = a.query + row * (A + 1), *score = a.score;
  real *d_query = a.d_query + row * (A + 1), gate = a.gate[row];
  const real d_gate = context_grad(a, row, d_weights);
  const real mean = dot(L, weights, d_weights.data());
  std::fill_n(d_query, A, real(0));
  d_query[A] = d_gate * gate * (1 - gate);
  real* d_score = a.d_score == nullptr ? unwanted.data() : a.d_score + row * A;
  for (int64_t l = 0; l < L; ++l) {
    const real d_e = weights[l] * (d_weights[size_t(l)] - mean);
    const real* key = a.keys + (image * L + l) * A;
    real* d_key = a.d_keys == nullptr ? unwanted.data() : a.d_keys + (image * L + l) * A;
    // The tanh is formed again: keeping it would be all of a batch's keys a step.
#pragma omp simd
    for (int64_t j = 0; j < A; ++j) {
      const real t = functor::tanh(key[j] + query[j]);
      const real into = d_e * score[j] * (1 - t * t);
      d_query[j] += into;
      d_key[j] += into;
      d_score[j] += d_e * t;
    }
  }
}

// The rows that look at each image, so that only one thread adds to its gradients.
std::vector<std::vector<int32_t>> rows_by_image(const AttentionGrad& a) {
  std::vector<std::vector<int32_t>> rows(size_t(a.images), std::vector<int32_t>{});
  for (int64_t row = 0; row < a.rows; ++row) {
    rows[size_t(image_of(a, row))].push_back(int32_t(row));
  }
  return rows;
}

}  // namespace

void attention(const Attention& a) {
  const int64_t work = a.places * a.size;
  parallel_for(a.rows, row_grain(work, kFunctionGrain), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      if (!ended(a.lengths, row, a.step)) {
        attend(a, row);
        continue;
      }
      std::fill_n(a.weights + row * a.places, a.places, real(0));
      std::fill_n(a.context + row * a.channels, a.channels, real(0));
      a.gate[row] = 0;
      if (a.draws != nullptr) a.picks[row] = -1;
    }
  });
}

void attention_grad(const AttentionGrad& a) {
  const auto rows = rows_by_image(a);
  const int64_t each = std::max<int64_t>(1, a.rows / std::max<int64_t>(1, a.images));
  const int64_t grain = row_grain(each * a.places * a.size, kFunctionGrain);
  parallel_for(a.images, grain, [&](int64_t begin, int64_t end) {
    std::vector<real> d_weights(size_t(a.places)), unwanted(size_t(a.size));
    for (int64_t image = begin; image < end; ++image) {
      for (const int32_t row : rows[size_t(image)]) {
        if (ended(a.lengths, row, a.step)) {
          std::fill_n(a.d_query + row * (a.size + 1), a.size + 1, real(0));
        } else {
          attend_grad(a, row, d_weights, unwanted);
        }
      }
    }
  });
}

}  // namespace p2s::cpu

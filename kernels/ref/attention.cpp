#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/functors.h"
#include "kernels/ref/ref.h"

namespace p2s::ref {
namespace {

template <class Step>
int64_t image_of(const Step& a, int64_t row) {
  return a.image == nullptr ? row : a.image[row];
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
  const real* query = a.query + row * (A + 1);
  std::vector<double> e(size_t(L), 0.0);
  for (int64_t l = 0; l < L; ++l) {
    for (int64_t j = 0; j < A; ++j) {
      const double key = double(a.keys[(image * L + l) * A + j]);
      e[size_t(l)] += double(a.score[j]) * functor::tanh(key + double(query[j]));
    }
  }
  const double largest = *std::max_element(e.begin(), e.end());
  double sum = 0;
  for (double& value : e) sum += value = std::exp(value - largest);
  real* weights = a.weights + row * L;
  for (int64_t l = 0; l < L; ++l) weights[l] = real(e[size_t(l)] / sum);
  const double gate = functor::sigmoid(double(query[A]));
  a.gate[row] = real(gate);
  if (a.draws != nullptr) a.picks[row] = drawn(L, weights, a.draws[row]);
  for (int64_t c = 0; c < C; ++c) {
    double seen = 0;
    for (int64_t l = 0; l < L; ++l) {
      const double value = double(a.values[(image * L + l) * C + c]);
      const double weight = a.draws == nullptr ? double(weights[l]) : double(a.picks[row] == l);
      seen += weight * value;
    }
    a.context[row * C + c] = real(gate * seen);
  }
}

void attend_grad(const AttentionGrad& a, int64_t row) {
  const int64_t L = a.places, A = a.size, C = a.channels, image = image_of(a, row);
  const real* weights = a.weights + row * L;
  const double gate = double(a.gate[row]);
  double d_gate = 0, mean = 0;
  std::vector<double> d_weights(size_t(L), 0.0);
  for (int64_t l = 0; l < L; ++l) {
    const double weight = a.picks == nullptr ? double(weights[l]) : double(a.picks[row] == l);
    double product = 0;
    for (int64_t c = 0; c < C; ++c) {
      const int64_t at = (image * L + l) * C + c;
      product += double(a.values[at]) * double(a.d_context[row * C + c]);
      if (a.d_values) a.d_values[at] += real(gate * weight * double(a.d_context[row * C + c]));
    }
    d_gate += weight * product;
    if (a.picks == nullptr) d_weights[size_t(l)] = gate * product;
    if (a.d_weights) d_weights[size_t(l)] += double(a.d_weights[row * L + l]);
    mean += double(weights[l]) * d_weights[size_t(l)];
  }
  std::vector<double> d_query(size_t(A), 0.0);
  for (int64_t l = 0; l < L; ++l) {
    const double d_e = double(weights[l]) * (d_weights[size_t(l)] - mean);
    for (int64_t j = 0; j < A; ++j) {
      const int64_t at = (image * L + l) * A + j;
      const double t = functor::tanh(double(a.keys[at]) + double(a.query[row * (A + 1) + j]));
      const double into = d_e * double(a.score[j]) * (1 - t * t);
      d_query[size_t(j)] += into;
      if (a.d_keys) a.d_keys[at] += real(into);
      if (a.d_score) a.d_score[row * A + j] += real(d_e * t);
    }
  }
  for (int64_t j = 0; j < A; ++j) a.d_query[row * (A + 1) + j] = real(d_query[size_t(j)]);
  a.d_query[row * (A + 1) + A] = real(d_gate * gate * (1 - gate));
}

}  // namespace

void attention(const Attention& a) {
  for (int64_t row = 0; row < a.rows; ++row) {
    if (!ended(a.lengths, row, a.step)) {
      attend(a, row);
      continue;
    }
    std::fill_n(a.weights + row * a.places, a.places, real(0));
    std::fill_n(a.context + row * a.channels, a.channels, real(0));
    a.gate[row] = 0;
    if (a.draws != nullptr) a.picks[row] = -1;
  }
}

void attention_grad(const AttentionGrad& a) {
  for (int64_t row = 0; row < a.rows; ++row) {
    if (ended(a.lengths, row, a.step)) {
      std::fill_n(a.d_query + row * (a.size + 1), a.size + 1, real(0));
    } else {
      attend_grad(a, row);
    }
  }
}

}  // namespace p2s::ref

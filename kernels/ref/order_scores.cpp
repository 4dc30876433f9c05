#include <algorithm>
#include <cmath>

#include "kernels/ref/ref.h"

namespace p2s::ref {

void order_scores(int64_t images, int64_t sentences, int64_t size, const real* v, const real* s,
                  real* scores) {
  for (int64_t i = 0; i < images; ++i) {
    for (int64_t j = 0; j < sentences; ++j) {
      double squares = 0;
      for (int64_t c = 0; c < size; ++c) {
        const double excess = std::max(0.0, double(s[j * size + c]) - double(v[i * size + c]));
        squares += excess * excess;
      }
      scores[i * sentences + j] = real(-std::sqrt(squares));
    }
  }
}

void order_scores_grad(int64_t images, int64_t sentences, int64_t size, const real* v,
                       const real* s, const real* scores, const real* d_scores, real* dv,
                       real* ds) {
  for (int64_t i = 0; i < images; ++i) {
    for (int64_t j = 0; j < sentences; ++j) {
      const double norm = -double(scores[i * sentences + j]);
      if (norm <= 0) continue;
      const double scale = double(d_scores[i * sentences + j]) / norm;
      for (int64_t c = 0; c < size; ++c) {
        const double excess = std::max(0.0, double(s[j * size + c]) - double(v[i * size + c]));
        if (dv != nullptr) dv[i * size + c] += real(scale * excess);
        if (ds != nullptr) ds[j * size + c] -= real(scale * excess);
      }
    }
  }
}

}  // namespace p2s::ref

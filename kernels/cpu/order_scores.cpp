#include <algorithm>
#include <cmath>

#include "kernels/cpu/cpu.h"
#include "kernels/cpu/grain.h"
#include "kernels/cpu/sums.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {
namespace {

// to += factor * max(0, s - v)
void add_excess(int64_t size, real factor, const real* s, const real* v, real* to) {
#pragma omp simd
  for (int64_t c = 0; c < size; ++c) to[c] += factor * std::max(real(0), s[c] - v[c]);
}

// What the excess of a pair counts with: its score's gradient over the norm, 0 where s <= v.
real scale_of(real score, real d_score) { return score < 0 ? d_score / -score : 0; }

}  // namespace

void order_scores(int64_t images, int64_t sentences, int64_t size, const real* v, const real* s,
                  real* scores) {
  parallel_for(images, row_grain(sentences * size, kMoveGrain), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const real* image = v + i * size;
      for (int64_t j = 0; j < sentences; ++j) {
        const real* sentence = s + j * size;
        const double squares = sum_range(0, size, [=](int64_t c) {
          const real excess = std::max(real(0), sentence[c] - image[c]);
          return excess * excess;
        });
        scores[i * sentences + j] = real(-std::sqrt(squares));
      }
    }
  });
}

// Each thread owns rows of one side, so every sum has a fixed order.
void order_scores_grad(int64_t images, int64_t sentences, int64_t size, const real* v,
                       const real* s, const real* scores, const real* d_scores, real* dv,
                       real* ds) {
  const auto scale = [=](int64_t i, int64_t j) {
    return scale_of(scores[i * sentences + j], d_scores[i * sentences + j]);
  };
  if (dv != nullptr) {
    parallel_for(images, row_grain(sentences * size, kMoveGrain), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        for (int64_t j = 0; j < sentences; ++j) {
          const real x = scale(i, j);
          if (x != 0) add_excess(size, x, s + j * size, v + i * size, dv + i * size);
        }
      }
    });
  }
  if (ds == nullptr) return;
  parallel_for(sentences, row_grain(images * size, kMoveGrain), [&](int64_t begin, int64_t end) {
    for (int64_t j = begin; j < end; ++j) {
      for (int64_t i = 0; i < images; ++i) {
        const real x = scale(i, j);
        if (x != 0) add_excess(size, -x, s + j * size, v + i * size, ds + j * size);
      }
    }
  });
}

}  // namespace p2s::cpu

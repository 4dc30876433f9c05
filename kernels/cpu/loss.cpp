#include <algorithm>
#include <cmath>

#include "kernels/cpu/cpu.h"
#include "kernels/cpu/grain.h"
#include "kernels/cpu/softmax.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {
namespace {

// d (may be x) gets weight * (softmax(x) - [target]); the loss is returned.
real cross_entropy_row(int64_t columns, const real* x, int32_t target, real weight, real* d) {
  const real logit = x[target];
  if (d == nullptr) return weight * (log_sum_exp(columns, x) - logit);
  const real largest = row_max(columns, x);
  const real sum = exp_row(columns, x, d);
  const real scale = weight / sum;
#pragma omp simd
  for (int64_t c = 0; c < columns; ++c) d[c] *= scale;
  d[target] -= weight;
  return weight * (std::log(sum) + largest - logit);
}

}  // namespace

void softmax_cross_entropy(int64_t rows, int64_t columns, const real* logits,
                           const int32_t* targets, const real* weights, real* losses,
                           real* d_logits) {
  parallel_for(rows, row_grain(columns, kFunctionGrain), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const real weight = weights == nullptr ? 1 : weights[r];
      real* d = d_logits == nullptr ? nullptr : d_logits + r * columns;
      if (targets[r] < 0 || weight == 0) {
        losses[r] = 0;
        if (d != nullptr) std::fill(d, d + columns, real(0));
      } else {
        losses[r] = cross_entropy_row(columns, logits + r * columns, targets[r], weight, d);
      }
    }
  });
}

namespace {

// The contrasts of one match `i`: scores at other places along its row or column.
struct Contrasts {
  int64_t batch, i, first, stride;
  int64_t place(int64_t j) const { return first + j * stride; }
};

double hinge(const Contrasts& line, const real* scores, real margin, bool hardest, real* d_scores) {
  const int64_t match = line.place(line.i);
  const real threshold = scores[match] - margin;
  double total = 0;
  int64_t worst = -1;
  const auto count = [&](int64_t place) {
    total += double(scores[place] - threshold);
    if (d_scores == nullptr) return;
    d_scores[place] += 1;
    d_scores[match] -= 1;
  };
  for (int64_t j = 0; j < line.batch; ++j) {
    const int64_t place = line.place(j);
    if (j == line.i || scores[place] <= threshold) continue;
    if (!hardest) count(place);
    if (worst < 0 || scores[place] > scores[worst]) worst = place;
  }
  if (hardest && worst >= 0) count(worst);
  return total;
}

}  // namespace

// B is a few hundred: the product that made the scores outweighs this loop many times.
void ranking_hinge(int64_t batch, const real* scores, real margin, bool hardest, real* loss,
                   real* d_scores) {
  if (d_scores != nullptr) fill(batch * batch, 0, d_scores);
  double total = 0;
  for (int64_t i = 0; i < batch; ++i) {
    total += hinge({batch, i, i * batch, 1}, scores, margin, hardest, d_scores);
    total += hinge({batch, i, i, batch}, scores, margin, hardest, d_scores);
  }
  loss[0] = real(total);
}

}  // namespace p2s::cpu

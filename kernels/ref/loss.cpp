#include <algorithm>
#include <cmath>

#include "kernels/ref/ref.h"

namespace p2s::ref {

void softmax_cross_entropy(int64_t rows, int64_t columns, const real* logits,
                           const int32_t* targets, const real* weights, real* losses,
                           real* d_logits) {
  for (int64_t r = 0; r < rows; ++r) {
    const real* x = logits + r * columns;
    const double weight = weights == nullptr ? 1 : double(weights[r]);
    const bool masked = targets[r] < 0 || weight == 0;
    const double total = log_sum_exp(columns, x);
    losses[r] = masked ? real(0) : real(weight * (total - double(x[targets[r]])));
    if (d_logits == nullptr) continue;
    for (int64_t c = 0; c < columns; ++c) {
      const double hit = c == targets[r] ? 1 : 0;
      d_logits[r * columns + c] =
          masked ? real(0) : real(weight * (std::exp(double(x[c]) - total) - hit));
    }
  }
}

namespace {

// The contrasts of one photograph or sentence `i`: scores at other places along its row or column.
struct Contrasts {
  int64_t batch, i, stride, first;
  int64_t place(int64_t j) const { return first + j * stride; }
};

double hinge(const Contrasts& line, const real* scores, double margin, bool hardest,
             real* d_scores) {
  const int64_t match = line.place(line.i);
  double total = 0;
  int64_t worst = -1;
  const auto cost = [&](int64_t j) {
    return std::max(0.0, margin - double(scores[match]) + double(scores[line.place(j)]));
  };
  const auto count = [&](int64_t j) {
    total += cost(j);
    if (d_scores == nullptr) return;
    d_scores[line.place(j)] += real(1);
    d_scores[match] -= real(1);
  };
  for (int64_t j = 0; j < line.batch; ++j) {
    if (j == line.i || cost(j) <= 0) continue;
    if (!hardest) count(j);
    if (worst < 0 || cost(j) > cost(worst)) worst = j;
  }
  if (hardest && worst >= 0) count(worst);
  return total;
}

}  // namespace

void ranking_hinge(int64_t batch, const real* scores, real margin, bool hardest, real* loss,
                   real* d_scores) {
  if (d_scores != nullptr) std::fill(d_scores, d_scores + batch * batch, real(0));
  double total = 0;
  for (int64_t i = 0; i < batch; ++i) {
    const Contrasts row{batch, i, 1, i * batch}, column{batch, i, batch, i};
    total += hinge(row, scores, double(margin), hardest, d_scores);
    total += hinge(column, scores, double(margin), hardest, d_scores);
  }
  loss[0] = real(total);
}

}  // namespace p2s::ref

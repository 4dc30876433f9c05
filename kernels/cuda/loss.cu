#include "kernels/cuda/cuda.h"
#include "kernels/cuda/row.cuh"
#include "kernels/cuda/softmax.cuh"
#include "kernels/cuda/team.cuh"

namespace p2s::cuda {
namespace {

// d_logits may be logits: a thread reads a number before it writes it, and the target's before the
// team writes any.
template <class By>
__global__ void cross_entropy_rows(int64_t rows, int64_t columns, const float* logits,
                                   const int32_t* targets, const float* weights, float* losses,
                                   float* d_logits) {
  using T = typename By::T;
  const int64_t row = T::row();
  if (row >= rows) return;
  const float* x = logits + row * columns;
  const int64_t target = targets[row];
  const float weight = weights == nullptr ? 1 : weights[row];
  const bool masked = target < 0 || weight == 0;
  const typename By::R mine(x, columns);
  LogSumExp total{0, 1, 0};
  float hit = 0;
  if (!masked) {
    hit = x[target];
    total = log_sum_exp<T>(mine);
  }
  if (T::rank() == 0) {
    losses[row] = masked ? 0 : weight * (total.largest - hit + total.log_sum);
  }
  if (d_logits == nullptr) return;
  T::sync();
  float* dx = d_logits + row * columns;
  const auto share = [=](float v) { return functor::exp(v - total.largest) / total.sum; };
  mine.write(dx, [=](float v) { return masked ? 0 : weight * share(v); });
  T::sync();
  if (T::rank() == 0 && !masked) dx[target] = weight * (share(hit) - 1);
}

// ---- ranking hinge: line i of 2B is row i, or column i - B, of scores [B,B]

struct Line {
  float cost;       // of all contrasts, or of the hardest
  int32_t count;    // contrasts with a cost
  int32_t hardest;  // the first with the largest cost, -1: none
};

struct Hinge {
  int64_t batch;
  const float* scores;
  float margin;
  // Contrast j of line `line`; 0 where j is the match.
  __device__ float cost(int64_t line, int64_t j) const {
    const int64_t i = line % batch;
    if (i == j) return 0;
    const float score = line < batch ? scores[i * batch + j] : scores[j * batch + i];
    const float cost = margin - scores[i * batch + i] + score;
    return cost > 0 ? cost : 0;
  }
};

__global__ void sum_lines(Hinge hinge, bool hardest, Line* lines) {
  for (int64_t line = thread_index(); line < 2 * hinge.batch; line += thread_count()) {
    Line result{0, 0, -1};
    float worst = 0;
    for (int64_t j = 0; j < hinge.batch; ++j) {
      const float cost = hinge.cost(line, j);
      if (cost > 0) ++result.count;
      if (cost > worst) worst = cost, result.hardest = int32_t(j);
      result.cost += cost;
    }
    if (hardest) result.cost = worst, result.count = result.hardest < 0 ? 0 : 1;
    lines[line] = result;
  }
}

__global__ void hinge_gradient(Hinge hinge, bool hardest, const Line* lines, float* d_scores) {
  const int64_t batch = hinge.batch;
  const auto counts = [&](int64_t line, int64_t j) {
    return hardest ? lines[line].hardest == j : hinge.cost(line, j) > 0;
  };
  for (int64_t place = thread_index(); place < batch * batch; place += thread_count()) {
    const int64_t i = quotient_of(place, batch), j = place - i * batch;
    d_scores[place] = i == j ? -float(lines[i].count + lines[batch + i].count)
                             : float(int(counts(i, j)) + int(counts(batch + j, i)));
  }
}

__global__ void hinge_total(int64_t count, const Line* lines, float* loss) {
  using T = Team<false>;
  float sum = 0;
  for (int64_t line = T::rank(); line < count; line += T::size()) sum += lines[line].cost;
  sum = T::sum(sum);
  if (T::rank() == 0) loss[0] = sum;
}

}  // namespace

void softmax_cross_entropy(int64_t rows, int64_t columns, const float* logits,
                           const int32_t* targets, const float* weights, float* losses,
                           float* d_logits) {
  const auto start = [&](auto by) {
    launch(cross_entropy_rows<decltype(by)>, grid_for_rows(rows, columns), rows, columns, logits,
           targets, weights, losses, d_logits);
  };
  for_rows(columns, columns, start, logits, d_logits);
}

void ranking_hinge(int64_t batch, const float* scores, float margin, bool hardest, float* loss,
                   float* d_scores) {
  const Hinge hinge{batch, scores, margin};
  const Scratch lines(size_t(2 * batch) * sizeof(Line));
  launch(sum_lines, grid_for(2 * batch), hinge, hardest, lines.as<Line>());
  if (d_scores != nullptr) {
    launch(hinge_gradient, grid_for(batch * batch), hinge, hardest, lines.as<Line>(), d_scores);
  }
  launch(hinge_total, Grid{dim3(1)}, 2 * batch, lines.as<Line>(), loss);
}

}  // namespace p2s::cuda

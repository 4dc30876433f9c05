#include "nn/base/error.h"
#include "nn/ops.h"
#include "nn/ops/loss_gradient.h"

namespace p2s {
namespace {

// For losses whose gradient is formed in the forward pass: dx += scale * d loss * saved.
void record_scaled(Tape& tape, const Var& loss, const Var& x, const Tensor& gradient, real scale) {
  tape.record(loss, [&k = tape.kernels(), gradient, scale, x = x.gradient_only(),
                     loss = loss.gradient_only()] {
    if (real* dx = x.grad_data()) {
      scale_by_gradient_of(k, loss, gradient);
      k.axpy(gradient.elements(), scale, gradient.data(), dx);
    }
  });
}

}  // namespace

Var squared_error(Tape& tape, const Var& x, const Tensor& target) {
  check(x.shape() == target.shape() && target.elements() > 0, ErrorCode::shape,
        "squared_error: x is {}, the target {}", x.shape(), target.shape());
  const Kernels& k = tape.kernels();
  const int64_t n = x.value.elements();
  const Var loss = tape.output(Shape{}, {&x});
  const Tensor difference(x.shape(), tape.device()), squares(x.shape(), tape.device());
  k.binary(Binary::subtract, n, n, x.value.data(), target.data(), difference.data());
  k.unary(Unary::square, n, difference.data(), squares.data());
  k.reduce(Reduce::mean, 1, n, 1, squares.data(), loss.value.data(), nullptr);
  record_scaled(tape, loss, x, difference, real(2) / real(n));
  return loss;
}

Var softmax_cross_entropy(Tape& tape, const Var& logits, const Ids& targets,
                          const Tensor& weights) {
  const int64_t rows = logits.shape().rows(), columns = logits.shape().columns();
  check(targets.elements() == rows && (!weights.defined() || weights.elements() == rows),
        ErrorCode::shape, "softmax_cross_entropy: {} targets and weights {} for logits {}",
        targets.elements(), weights.shape(), logits.shape());
  const Kernels& k = tape.kernels();
  const Var loss = tape.output(Shape{}, {&logits});
  const Tensor losses({rows}, tape.device());
  const Tensor gradient = loss.wants_grad() ? Tensor(logits.shape(), tape.device()) : Tensor();
  k.softmax_cross_entropy(rows, columns, logits.value.data(), targets.data(), weights.data(),
                          losses.data(), gradient.data());
  k.reduce(Reduce::sum, 1, rows, 1, losses.data(), loss.value.data(), nullptr);
  record_scaled(tape, loss, logits, gradient, 1);
  return loss;
}

Var ranking_hinge(Tape& tape, const Var& scores, real margin, bool hardest) {
  check(scores.shape().rank() == 2 && scores.shape()[0] == scores.shape()[1], ErrorCode::shape,
        "ranking_hinge: scores are {}, a square is needed", scores.shape());
  const Var loss = tape.output(Shape{}, {&scores});
  const Tensor gradient = loss.wants_grad() ? Tensor(scores.shape(), tape.device()) : Tensor();
  tape.kernels().ranking_hinge(scores.shape()[0], scores.value.data(), margin, hardest,
                               loss.value.data(), gradient.data());
  record_scaled(tape, loss, scores, gradient, 1);
  return loss;
}

}  // namespace p2s

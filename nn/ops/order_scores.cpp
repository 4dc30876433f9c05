#include "nn/base/error.h"
#include "nn/ops.h"

namespace p2s {

Var order_scores(Tape& tape, const Var& images, const Var& sentences) {
  check(images.shape().rank() == 2 && sentences.shape().rank() == 2 &&
            images.shape()[1] == sentences.shape()[1],
        ErrorCode::shape, "order_scores: images {} and sentences {} are not of one size",
        images.shape(), sentences.shape());
  const Kernels& k = tape.kernels();
  const int64_t m = images.shape()[0], n = sentences.shape()[0], size = images.shape()[1];
  const Var scores = tape.output({m, n}, {&images, &sentences});
  k.order_scores(m, n, size, images.value.data(), sentences.value.data(), scores.value.data());
  tape.record(scores, [&k, m, n, size, images, sentences, scores] {
    real* dv = images.grad_data();
    real* ds = sentences.grad_data();
    if (dv || ds) {
      k.order_scores_grad(m, n, size, images.value.data(), sentences.value.data(),
                          scores.value.data(), scores.grad->data(), dv, ds);
    }
  });
  return scores;
}

}  // namespace p2s

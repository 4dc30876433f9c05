#include "nn/ops/loss_gradient.h"

namespace p2s {

void scale_by_gradient_of(const Kernels& k, const Var& loss, const Tensor& d) {
  const Tensor& gradient = loss.grad->tensor();
  // Looking saves a pass over d, but on a device that queues it would wait for all that is queued.
  if (!k.queues && gradient.item() == 1) return;
  k.binary(Binary::multiply, d.elements(), 1, d.data(), gradient.data(), d.data());
}

}  // namespace p2s

#include "kernels/dropout_mask.h"
#include "kernels/ref/ref.h"

namespace p2s::ref {

void dropout(int64_t n, real p, uint64_t key, const real* x, real* y) {
  for (int64_t i = 0; i < n; ++i) y[i] = dropout_keeps(key, i, p) ? x[i] / (1 - p) : real(0);
}

void dropout_grad(int64_t n, real p, uint64_t key, const real* dy, real* dx) {
  if (dx == nullptr) return;
  for (int64_t i = 0; i < n; ++i) {
    if (dropout_keeps(key, i, p)) dx[i] += dy[i] / (1 - p);
  }
}

}  // namespace p2s::ref

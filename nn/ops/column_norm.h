#pragma once

#include <cstdint>
#include <vector>

#include "kernels/kernels.h"
#include "nn/base/real.h"

namespace p2s {

// Layer norm of x [R,C] whose columns fall into groups that are normalised apart, each with its own
// mean and deviation: the gates and the candidate of a GRU. The moments of group g, row r stand at
// [g * stride + r].
struct ColumnNorm {
  std::vector<int64_t> widths;  // of the groups; their sum is C
  real epsilon = real(1e-5);

  int64_t columns() const;
  void forward(const Kernels&, int64_t rows, const real* x, const real* gain, const real* bias,
               real* y, real* mean, real* inverse, int64_t stride) const;
  // dx is written, or added to; d_gain and d_bias, which may be null, are added to.
  void backward(const Kernels&, int64_t rows, const real* x, const real* gain, const real* mean,
                const real* inverse, int64_t stride, const real* dy, real* dx, real* d_gain,
                real* d_bias, bool accumulate) const;
};

}  // namespace p2s

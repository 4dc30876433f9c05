#include "nn/ops/column_norm.h"

#include <numeric>

namespace p2s {
namespace {

template <class Number>
Number* from(Number* numbers, int64_t begin) {
  return numbers == nullptr ? nullptr : numbers + begin;
}

}  // namespace

int64_t ColumnNorm::columns() const {
  return std::accumulate(widths.begin(), widths.end(), int64_t(0));
}

void ColumnNorm::forward(const Kernels& k, int64_t rows, const real* x, const real* gain,
                         const real* bias, real* y, real* mean, real* inverse,
                         int64_t stride) const {
  const int64_t all = columns();
  int64_t begin = 0;
  for (size_t g = 0; g < widths.size(); begin += widths[g++]) {
    const int64_t moments = int64_t(g) * stride;
    k.layer_norm(rows, widths[g], all, x + begin, gain + begin, bias + begin, epsilon, y + begin,
                 mean + moments, inverse + moments);
  }
}

void ColumnNorm::backward(const Kernels& k, int64_t rows, const real* x, const real* gain,
                          const real* mean, const real* inverse, int64_t stride, const real* dy,
                          real* dx, real* d_gain, real* d_bias, bool accumulate) const {
  const int64_t all = columns();
  int64_t begin = 0;
  for (size_t g = 0; g < widths.size(); begin += widths[g++]) {
    const int64_t moments = int64_t(g) * stride;
    k.layer_norm_grad(rows, widths[g], all, x + begin, gain + begin, mean + moments,
                      inverse + moments, dy + begin, from(dx, begin), from(d_gain, begin),
                      from(d_bias, begin), accumulate);
  }
}

}  // namespace p2s

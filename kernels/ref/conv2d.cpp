#include <vector>

#include "kernels/functors.h"
#include "kernels/ref/ref.h"

namespace p2s::ref {
namespace {

// Calls f(output index, input index, weight index) for every product that the convolution sums.
template <class F>
void for_each_product(const Conv2d& c, F&& f) {
  const int64_t P = c.out_height(), Q = c.out_width();
  const int64_t depth = c.channels / c.groups, filters_a_group = c.filters / c.groups;
  for (int64_t y = 0; y < c.batch * P * Q * c.filters; ++y) {
    const int64_t k = y % c.filters, q = y / c.filters % Q, p = y / c.filters / Q % P,
                  n = y / c.filters / Q / P;
    const int64_t first_channel = k / filters_a_group * depth;
    for (int64_t r = 0; r < c.kernel_height; ++r) {
      const int64_t row = p * c.stride - c.pad_top + r;
      if (row < 0 || row >= c.height) continue;
      for (int64_t s = 0; s < c.kernel_width; ++s) {
        const int64_t column = q * c.stride - c.pad_left + s;
        if (column < 0 || column >= c.width) continue;
        const int64_t x = ((n * c.height + row) * c.width + column) * c.channels + first_channel;
        const int64_t w = ((k * c.kernel_height + r) * c.kernel_width + s) * depth;
        for (int64_t d = 0; d < depth; ++d) f(y, x + d, w + d);
      }
    }
  }
}

}  // namespace

void conv2d(const Conv2d& c, const real* x, const real* w, const real* bias, const real* residual,
            Activation activation, real* y) {
  std::vector<double> sums(size_t(c.batch * c.out_height() * c.out_width() * c.filters));
  for_each_product(c, [&](int64_t at_y, int64_t at_x, int64_t at_w) {
    sums[size_t(at_y)] += double(x[at_x]) * double(w[at_w]);
  });
  for (int64_t i = 0; i < int64_t(sums.size()); ++i) {
    double sum = sums[size_t(i)];
    if (bias != nullptr) sum += double(bias[i % c.filters]);
    if (residual != nullptr) sum += double(residual[i]);
    y[i] = real(functor::activate(activation, sum));
  }
}

void conv2d_grad(const Conv2d& c, const real* x, const real* w, const real* dy, real* dx,
                 bool accumulate_dx, real* dw, bool accumulate_dw) {
  std::vector<double> for_x(size_t(c.batch * c.height * c.width * c.channels));
  std::vector<double> for_w(
      size_t(c.filters * c.kernel_height * c.kernel_width * (c.channels / c.groups)));
  for_each_product(c, [&](int64_t at_y, int64_t at_x, int64_t at_w) {
    for_x[size_t(at_x)] += double(dy[at_y]) * double(w[at_w]);
    for_w[size_t(at_w)] += double(dy[at_y]) * double(x[at_x]);
  });
  const auto give = [](const std::vector<double>& sums, bool accumulate, real* to) {
    for (size_t i = 0; to != nullptr && i < sums.size(); ++i) {
      to[i] = (accumulate ? to[i] : 0) + real(sums[i]);
    }
  };
  give(for_x, accumulate_dx, dx);
  give(for_w, accumulate_dw, dw);
}

}  // namespace p2s::ref

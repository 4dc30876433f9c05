#include <vector>

#include "kernels/ref/ref.h"

namespace p2s::ref {
namespace {

// Calls f(output index, image, place in the image) for every real input of every window.
template <class F>
void for_each_input(const Pool2d& p, F&& f) {
  const int64_t P = p.out_height(), Q = p.out_width(), C = p.channels;
  for (int64_t y = 0; y < p.batch * P * Q * C; ++y) {
    const int64_t c = y % C, left = y / C % Q * p.stride - p.pad,
                  top = y / C / Q % P * p.stride - p.pad;
    for (int64_t row = top; row < top + p.window; ++row) {
      for (int64_t column = left; column < left + p.window; ++column) {
        const bool real_input = row >= 0 && row < p.height && column >= 0 && column < p.width;
        if (real_input) f(y, y / C / Q / P, (row * p.width + column) * C + c);
      }
    }
  }
}

int64_t image_size(const Pool2d& p) { return p.height * p.width * p.channels; }
int64_t outputs(const Pool2d& p) { return p.batch * p.out_height() * p.out_width() * p.channels; }

std::vector<int64_t> window_counts(const Pool2d& p) {
  std::vector<int64_t> counts(size_t(outputs(p)));
  for_each_input(p, [&](int64_t y, int64_t, int64_t) { ++counts[size_t(y)]; });
  return counts;
}

}  // namespace

void max_pool(const Pool2d& p, const real* x, real* y, int32_t* arg) {
  std::vector<int64_t> best(size_t(outputs(p)), -1);
  for_each_input(p, [&](int64_t at, int64_t image, int64_t place) {
    const real value = x[image * image_size(p) + place];
    if (best[size_t(at)] >= 0 && value <= y[at]) return;
    y[at] = value;
    best[size_t(at)] = place;
  });
  for (size_t i = 0; arg != nullptr && i < best.size(); ++i) arg[i] = int32_t(best[i]);
}

void max_pool_grad(const Pool2d& p, const int32_t* arg, const real* dy, real* dx) {
  if (dx == nullptr) return;
  const int64_t a_image = p.out_height() * p.out_width() * p.channels;
  for (int64_t i = 0; i < outputs(p); ++i) dx[i / a_image * image_size(p) + arg[i]] += dy[i];
}

void average_pool(const Pool2d& p, const real* x, real* y) {
  std::vector<double> sums(size_t(outputs(p)));
  for_each_input(p, [&](int64_t at, int64_t image, int64_t place) {
    sums[size_t(at)] += double(x[image * image_size(p) + place]);
  });
  const auto counts = window_counts(p);
  for (size_t i = 0; i < sums.size(); ++i) y[i] = real(sums[i] / double(counts[i]));
}

void average_pool_grad(const Pool2d& p, const real* dy, real* dx) {
  if (dx == nullptr) return;
  const auto counts = window_counts(p);
  for_each_input(p, [&](int64_t at, int64_t image, int64_t place) {
    dx[image * image_size(p) + place] += dy[at] / real(counts[size_t(at)]);
  });
}

}  // namespace p2s::ref

#include <algorithm>
#include <cmath>

#include "kernels/ref/ref.h"

namespace p2s::ref {

double log_sum_exp(int64_t columns, const real* x) {
  const double largest = double(*std::max_element(x, x + columns));
  double sum = 0;
  for (int64_t c = 0; c < columns; ++c) sum += std::exp(double(x[c]) - largest);
  return largest + std::log(sum);
}

void softmax(int64_t rows, int64_t columns, const real* x, real* y) {
  if (columns == 0) return;
  for (int64_t r = 0; r < rows; ++r, x += columns, y += columns) {
    const double total = log_sum_exp(columns, x);
    for (int64_t c = 0; c < columns; ++c) y[c] = real(std::exp(double(x[c]) - total));
  }
}

void softmax_grad(int64_t rows, int64_t columns, const real* y, const real* dy, real* dx,
                  bool accumulate) {
  if (dx == nullptr) return;
  for (int64_t r = 0; r < rows; ++r, y += columns, dy += columns, dx += columns) {
    double dot = 0;
    for (int64_t c = 0; c < columns; ++c) dot += double(y[c]) * double(dy[c]);
    for (int64_t c = 0; c < columns; ++c) {
      dx[c] = (accumulate ? dx[c] : 0) + real(double(y[c]) * (double(dy[c]) - dot));
    }
  }
}

void log_softmax(int64_t rows, int64_t columns, const real* x, real* y) {
  if (columns == 0) return;
  for (int64_t r = 0; r < rows; ++r, x += columns, y += columns) {
    const double total = log_sum_exp(columns, x);
    for (int64_t c = 0; c < columns; ++c) y[c] = real(double(x[c]) - total);
  }
}

void log_softmax_grad(int64_t rows, int64_t columns, const real* y, const real* dy, real* dx,
                      bool accumulate) {
  if (dx == nullptr) return;
  for (int64_t r = 0; r < rows; ++r, y += columns, dy += columns, dx += columns) {
    double sum = 0;
    for (int64_t c = 0; c < columns; ++c) sum += double(dy[c]);
    for (int64_t c = 0; c < columns; ++c) {
      dx[c] = (accumulate ? dx[c] : 0) + real(double(dy[c]) - std::exp(double(y[c])) * sum);
    }
  }
}

}  // namespace p2s::ref

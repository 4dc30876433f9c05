#include <algorithm>

#include "kernels/cpu/cpu.h"
#include "kernels/cpu/grain.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {
namespace {

// The part of one window that lies in the image.
struct Window {
  int64_t top, bottom, left, right;
  int64_t count() const { return (bottom - top) * (right - left); }
};

Window window(const Pool2d& p, int64_t row, int64_t column) {
  const int64_t top = row * p.stride - p.pad, left = column * p.stride - p.pad;
  return {std::max<int64_t>(top, 0), std::min(top + p.window, p.height), std::max<int64_t>(left, 0),
          std::min(left + p.window, p.width)};
}

int64_t image_size(const Pool2d& p) { return p.height * p.width * p.channels; }

// Calls f(image, window, offset of its C outputs) for every window of the output rows
// [begin, end), counted over all images.
template <class F>
void for_each_window(const Pool2d& p, int64_t begin, int64_t end, F&& f) {
  const int64_t P = p.out_height(), Q = p.out_width();
  for (int64_t row = begin; row < end; ++row) {
    for (int64_t q = 0; q < Q; ++q) {
      f(row / P, window(p, row % P, q), (row * Q + q) * p.channels);
    }
  }
}

// Calls f(offset in the image) for every place of a window.
template <class F>
void for_each_place(const Pool2d& p, const Window& w, F&& f) {
  for (int64_t h = w.top; h < w.bottom; ++h) {
    for (int64_t column = w.left; column < w.right; ++column) {
      f((h * p.width + column) * p.channels);
    }
  }
}

template <class F>
void parallel_output_rows(const Pool2d& p, F&& f) {
  const int64_t row_work = p.out_width() * p.channels * p.window * p.window;
  parallel_for(p.batch * p.out_height(), row_grain(row_work, kMoveGrain),
               [&](int64_t begin, int64_t end) { for_each_window(p, begin, end, f); });
}

// Windows may share inputs, so threads take whole images.
template <class F>
void parallel_images(const Pool2d& p, F&& f) {
  parallel_for(p.batch, 1, [&](int64_t begin, int64_t end) {
    for_each_window(p, begin * p.out_height(), end * p.out_height(), f);
  });
}

}  // namespace

void max_pool(const Pool2d& p, const real* x, real* y, int32_t* arg) {
  const int64_t C = p.channels;
  parallel_output_rows(p, [&](int64_t image, const Window& w, int64_t out) {
    const real* from = x + image * image_size(p);
    bool first = true;
    for_each_place(p, w, [&](int64_t place) {
      real* to = y + out;
      for (int64_t c = 0; c < C; ++c) {
        const bool larger = first || from[place + c] > to[c];
        if (arg != nullptr) arg[out + c] = larger ? int32_t(place + c) : arg[out + c];
        to[c] = larger ? from[place + c] : to[c];
      }
      first = false;
    });
  });
}

void max_pool_grad(const Pool2d& p, const int32_t* arg, const real* dy, real* dx) {
  if (dx == nullptr) return;
  parallel_images(p, [&](int64_t image, const Window&, int64_t out) {
    real* to = dx + image * image_size(p);
    for (int64_t c = 0; c < p.channels; ++c) to[arg[out + c]] += dy[out + c];
  });
}

void average_pool(const Pool2d& p, const real* x, real* y) {
  const int64_t C = p.channels;
  parallel_output_rows(p, [&](int64_t image, const Window& w, int64_t out) {
    real* to = y + out;
    std::fill(to, to + C, real(0));
    for_each_place(p, w, [&](int64_t place) {
      const real* from = x + image * image_size(p) + place;
#pragma omp simd
      for (int64_t c = 0; c < C; ++c) to[c] += from[c];
    });
    const real scale = 1 / real(w.count());
    for (int64_t c = 0; c < C; ++c) to[c] *= scale;
  });
}

void average_pool_grad(const Pool2d& p, const real* dy, real* dx) {
  if (dx == nullptr) return;
  parallel_images(p, [&](int64_t image, const Window& w, int64_t out) {
    const real scale = 1 / real(w.count());
    for_each_place(p, w, [&](int64_t place) {
      real* to = dx + image * image_size(p) + place;
#pragma omp simd
      for (int64_t c = 0; c < p.channels; ++c) to[c] += scale * dy[out + c];
    });
  });
}

}  // namespace p2s::cpu

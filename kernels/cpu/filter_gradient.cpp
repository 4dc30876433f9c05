#include <algorithm>
#include <vector>

#include "kernels/cpu/convolve.h"
#include "kernels/cpu/grain.h"
#include "kernels/cpu/patches.h"
#include "nn/base/parallel.h"

// dw^T [RSC,K] = patches^T dy. A row of it belongs to one channel at one place of the kernel, and
// what that meets in an image is the channel's plane, shifted: no patch is copied.
namespace p2s::cpu {
namespace {

// An image [H,W,C] as planes [C,H,W] with its padding.
class Planes {
 public:
  explicit Planes(const Conv2d& c)
      : c_(c),
        width_(c.width + c.pad_left + c.pad_right),
        area_((c.height + c.pad_top + c.pad_bottom) * width_),
        numbers_(size_t(c.channels * area_) * sizeof(real)) {
    fill(c.channels * area_, 0, numbers_.as<real>());
  }
  int64_t width() const { return width_; }
  const real* at(int64_t channel, int64_t row, int64_t column) const {
    return numbers_.as<real>() + channel * area_ + row * width_ + column;
  }
  void read(const real* image) {
    constexpr int64_t kTogether = 16;  // of a row: a line of the cache
    parallel_for(c_.height, row_grain(c_.width * c_.channels, kMoveGrain),
                 [&](int64_t begin, int64_t end) {
                   for (int64_t h = begin; h < end; ++h) {
                     for (int64_t w = 0; w < c_.width; w += kTogether) {
                       read(image + (h * c_.width + w) * c_.channels, h + c_.pad_top,
                            w + c_.pad_left, std::min(kTogether, c_.width - w));
                     }
                   }
                 });
  }

 private:
  void read(const real* pixels, int64_t row, int64_t column, int64_t count) {
    for (int64_t k = 0; k < c_.channels; ++k) {
      real* to = const_cast<real*>(at(k, row, column));
      for (int64_t i = 0; i < count; ++i) to[i] = pixels[i * c_.channels + k];
    }
  }
  const Conv2d& c_;
  int64_t width_, area_;
  Scratch numbers_;
};

// dw [K,numbers] (+)= turned [numbers,K]
void turn_back(int64_t numbers, int64_t filters, const real* turned, bool accumulate, real* dw) {
  constexpr int64_t kTogether = 16;
  parallel_for(filters, row_grain(numbers, kMoveGrain), [&](int64_t begin, int64_t end) {
    for (int64_t first = 0; first < numbers; first += kTogether) {
      const int64_t last = std::min(numbers, first + kTogether);
      for (int64_t k = begin; k < end; ++k) {
        real* to = dw + k * numbers;
        for (int64_t i = first; i < last; ++i) {
          to[i] = (accumulate ? to[i] : 0) + turned[i * filters + k];
        }
      }
    }
  });
}

}  // namespace

void filter_gradient(const Conv2d& c, const real* x, const real* dy, real* dw, bool accumulate) {
  constexpr int64_t kRows = 96;
  const int64_t numbers = patch_size(c), places = c.out_height() * c.out_width();
  Planes planes(c);
  std::vector<const real*> rows;
  for (int64_t i = 0; i < numbers; ++i) {
    const int64_t tap = i / c.channels;
    rows.push_back(planes.at(i % c.channels, tap / c.kernel_width, tap % c.kernel_width));
  }
  const Runs runs{c.out_height(), c.out_width(), planes.width()};
  const Scratch turned(size_t(numbers * c.filters) * sizeof(real));
  real* sums = turned.as<real>();
  for (int64_t n = 0; n < c.batch; ++n) {
    planes.read(x + n * c.height * c.width * c.channels);
    const Panels slope(false, places, c.filters, dy + n * places * c.filters, c.filters);
    const Finish added{.added = n == 0 ? nullptr : sums};
    const int64_t blocks = ceil_divide(numbers, kRows);
    parallel_for(blocks * slope.count(), 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t block = i / slope.count(), first = numbers * block / blocks;
        const int64_t count = numbers * (block + 1) / blocks - first;
        multiply_panel(slope, i % slope.count(), count, rows.data() + first, runs,
                       added.from(first * c.filters, 0), sums + first * c.filters, c.filters);
      }
    });
  }
  turn_back(numbers, c.filters, sums, accumulate, dw);
}

}  // namespace p2s::cpu

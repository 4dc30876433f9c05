#include "kernels/cpu/strip.h"

#include <algorithm>

#include "kernels/cpu/grain.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {

Bands bands_of(const Conv2d& c, int64_t parts_each) {
  constexpr int64_t kPixels = 448, kNumbers = 96 << 10;
  const int64_t rows = c.batch * c.out_height();
  const int64_t row_numbers = c.stride * (c.width + c.pad_left + c.pad_right) * c.channels;
  const int64_t together =
      std::clamp<int64_t>(std::min(kPixels / c.out_width(), kNumbers / row_numbers), 1, rows);
  int64_t count = ceil_divide(rows, together);
  if (count * parts_each < 8 * threads()) {
    count = std::min<int64_t>(rows, ceil_divide(count, threads()) * threads());
  }
  return {rows, count};
}

Strip::Strip(const Conv2d& c)
    : c_(c),
      padded_(c.pad_top + c.pad_bottom + c.pad_left + c.pad_right > 0),
      width_(c.width + c.pad_left + c.pad_right) {}

void Strip::read(const real* x, int64_t begin, int64_t end) {
  const int64_t height = c_.out_height(), row = c_.width * c_.channels;
  patches_.resize(size_t((end - begin) * c_.out_width()));
  if (padded_) {
    const int64_t images = (end - 1) / height - begin / height + 1;
    const int64_t most = (end - begin) * c_.stride + images * c_.kernel_height;
    copy_.resize(size_t(most * row_step()));
  }
  real* to = copy_.data();
  size_t pixel = 0;
  for (int64_t first = begin, last; first < end; first = last) {  // an image after the other
    const int64_t n = first / height, top = first % height * c_.stride - c_.pad_top;
    last = std::min(end, (n + 1) * height);
    const int64_t rows = (last - first - 1) * c_.stride + c_.kernel_height;
    const real* from = padded_ ? copy_rows(x, n, top, rows, to) : x + (n * c_.height + top) * row;
    for (int64_t i = 0; i < last - first; ++i) {
      for (int64_t j = 0; j < c_.out_width(); ++j) {
        patches_[pixel++] = from + c_.stride * (i * row_step() + j * c_.channels);
      }
    }
    to += rows * row_step();
  }
}

const real* Strip::copy_rows(const real* x, int64_t n, int64_t top, int64_t rows, real* to) const {
  const int64_t row = c_.width * c_.channels;
  const int64_t left = c_.pad_left * c_.channels, right = c_.pad_right * c_.channels;
  for (int64_t i = 0; i < rows; ++i) {
    real* line = to + i * row_step();
    const int64_t h = top + i;
    if (h < 0 || h >= c_.height) {
      std::fill(line, line + row_step(), real(0));
      continue;
    }
    std::fill(line, line + left, real(0));
    std::copy_n(x + (n * c_.height + h) * row, row, line + left);
    std::fill(line + left + row, line + left + row + right, real(0));
  }
  return to;
}

}  // namespace p2s::cpu

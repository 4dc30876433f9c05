#include "kernels/cpu/patches.h"

#include <algorithm>

namespace p2s::cpu {
namespace {

// One row of the kernel over pixels [left, left + S) of an image row, null where that is outside.
void copy_kernel_row(const Conv2d& c, const real* row, int64_t left, real* to) {
  const int64_t size = c.kernel_width * c.channels;
  const int64_t first =
      row == nullptr ? c.kernel_width : std::clamp<int64_t>(-left, 0, c.kernel_width);
  const int64_t last = std::max(first, std::min(c.kernel_width, c.width - left));
  std::fill(to, to + first * c.channels, real(0));
  if (last > first) {
    std::copy_n(row + (left + first) * c.channels, (last - first) * c.channels,
                to + first * c.channels);
  }
  std::fill(to + last * c.channels, to + size, real(0));
}

}  // namespace

int64_t patch_size(const Conv2d& c) {
  return c.kernel_height * c.kernel_width * (c.channels / c.groups);
}

bool patches_are_single_pixels(const Conv2d& c) {
  return c.kernel_height * c.kernel_width == 1 && c.pad_top == 0 && c.pad_bottom == 0 &&
         c.pad_left == 0 && c.pad_right == 0;
}

bool patches_are_pixels(const Conv2d& c) { return patches_are_single_pixels(c) && c.stride == 1; }

void copy_patch(const Conv2d& c, const real* x, int64_t place, real* patch) {
  const int64_t columns = c.out_width(), image = c.out_height() * columns;
  const int64_t n = place / image, in_image = place % image;
  const int64_t top = in_image / columns * c.stride - c.pad_top;
  const int64_t left = in_image % columns * c.stride - c.pad_left;
  for (int64_t r = 0; r < c.kernel_height; ++r) {
    const int64_t h = top + r;
    const bool inside = h >= 0 && h < c.height;
    copy_kernel_row(c, inside ? x + (n * c.height + h) * c.width * c.channels : nullptr, left,
                    patch + r * c.kernel_width * c.channels);
  }
}

}  // namespace p2s::cpu

#include <algorithm>

#include "kernels/cpu/convolve.h"
#include "kernels/cpu/depthwise_wide.h"
#include "kernels/cpu/grain.h"
#include "kernels/cpu/patches.h"
#include "kernels/cpu/vector.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {
namespace {

struct Range {
  int64_t begin, end;
};

// The part of a kernel of `size` that lies in [0, limit) when it begins at `first`.
Range inside(int64_t first, int64_t size, int64_t limit) {
  return {std::max<int64_t>(0, -first), std::min(size, limit - first)};
}

constexpr int kPixelsTogether = 4;

// One output row: what lies in the image of each patch.
struct Row {
  const Conv2d& c;
  const real* x;  // the image
  const DepthwiseFilters& filters;
  int64_t top;
  Range taps_down;

  int64_t left(int64_t column) const { return column * c.stride - c.pad_left; }
  Range taps_across(int64_t column) const { return inside(left(column), c.kernel_width, c.width); }
};

// [P, V vectors] of the channels from `channel` on, of P pixels side by side that have the same
// taps: a weight is read once for all.
template <int P, int V>
void multiply_taps(const Row& row, int64_t column, int64_t channel, const Target& target) {
  const Conv2d& c = row.c;
  const Range across = row.taps_across(column);
  const real* w = row.filters.of(channel);
  const int64_t taps = patch_size(c) * kLanes;
  Vector acc[P][V] = {};
  for (int64_t r = row.taps_down.begin; r < row.taps_down.end; ++r) {
    for (int64_t s = across.begin; s < across.end; ++s) {
      const real* x =
          row.x + ((row.top + r) * c.width + row.left(column) + s) * c.channels + channel;
#pragma GCC unroll 4
      for (int j = 0; j < V; ++j) {
        const Vector weight = load(w + j * taps + (r * c.kernel_width + s) * kLanes);
#pragma GCC unroll 4
        for (int i = 0; i < P; ++i) {
          acc[i][j] += weight * load(x + i * c.stride * c.channels + j * kLanes);
        }
      }
    }
  }
  target.write(acc);
}

// The last channels, fewer than a vector, of one pixel.
void multiply_rest(const Row& row, int64_t column, int64_t channel, real* sums) {
  const Conv2d& c = row.c;
  const Range across = row.taps_across(column);
  std::fill(sums, sums + c.channels - channel, real(0));
  for (int64_t r = row.taps_down.begin; r < row.taps_down.end; ++r) {
    for (int64_t s = across.begin; s < across.end; ++s) {
      const real* w = row.filters.of(channel) + (r * c.kernel_width + s) * kLanes;
      const real* x =
          row.x + ((row.top + r) * c.width + row.left(column) + s) * c.channels + channel;
      for (int64_t k = 0; k < c.channels - channel; ++k) sums[k] += w[k] * x[k];
    }
  }
}

// P pixels from `column` on.
template <int P>
void convolve_pixels(const Row& row, int64_t column, const Finish& finish, real* y) {
  constexpr int V = 2;
  const int64_t channels = row.c.channels;
  // Channels [channel, channel + n) of the pixels.
  const auto target = [&](int64_t channel, int64_t n) {
    const int64_t place = column * channels + channel;
    return Target{finish.from(place, channel), n, y + place, channels};
  };
  int64_t k = 0;
  for (; k + V * kLanes <= channels; k += V * kLanes) {
    multiply_taps<P, V>(row, column, k, target(k, V * kLanes));
  }
  for (; k + kLanes <= channels; k += kLanes) {
    multiply_taps<P, 1>(row, column, k, target(k, kLanes));
  }
  const int64_t rest = channels - k;
  if (rest == 0) return;
  real sums[P * kLanes];
  for (int64_t i = 0; i < P; ++i) multiply_rest(row, column + i, k, sums + i * rest);
  const Target last = target(k, rest);
  last.finish.write(P, rest, sums, rest, last.y, last.ldy);
}

void convolve_row(const Row& row, const Finish& finish, real* y) {
  const auto whole = [&](int64_t column) {
    const Range taps = row.taps_across(column);
    return taps.begin == 0 && taps.end == row.c.kernel_width;
  };
  for (int64_t column = 0; column < row.c.out_width();) {
    const bool together = column + kPixelsTogether <= row.c.out_width() && whole(column) &&
                          whole(column + kPixelsTogether - 1);
    if (together) {
      convolve_pixels<kPixelsTogether>(row, column, finish, y);
    } else {
      convolve_pixels<1>(row, column, finish, y);
    }
    column += together ? kPixelsTogether : 1;
  }
}

}  // namespace

DepthwiseFilters::DepthwiseFilters(int64_t channels, int64_t taps, const real* w)
    : taps_(taps), numbers_(size_t(ceil_divide(channels, kLanes) * taps * kLanes) * sizeof(real)) {
  real* to = numbers_.as<real>();
  for (int64_t first = 0; first < channels; first += kLanes) {
    for (int64_t tap = 0; tap < taps; ++tap) {
      for (int64_t k = first; k < first + kLanes; ++k) *to++ = k < channels ? w[k * taps + tap] : 0;
    }
  }
}

const real* DepthwiseFilters::of(int64_t channel) const {
  return numbers_.as<real>() + channel * taps_;
}

void convolve_depthwise(const Conv2d& c, const real* x, const DepthwiseFilters& filters,
                        const Finish& finish, real* y) {
  if (slides_over_channels(c)) return slide_over_channels(c, x, filters, finish, y);
  const int64_t height = c.out_height(), length = c.out_width() * c.channels;
  const int64_t grain = row_grain(length * patch_size(c), kMoveGrain);
  parallel_for(c.batch * height, grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t top = i % height * c.stride - c.pad_top;
      const real* image = x + i / height * c.height * c.width * c.channels;
      const Row row{c, image, filters, top, inside(top, c.kernel_height, c.height)};
      convolve_row(row, finish.from(i * length, 0), y + i * length);
    }
  });
}

}  // namespace p2s::cpu

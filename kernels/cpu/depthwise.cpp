#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "kernels/cpu/convolve.h"
#include "kernels/cpu/grain.h"
#include "kernels/cpu/patches.h"
#include "kernels/cpu/vector.h"
#include "nn/base/parallel.h"

// Two ways, for what limits them. Kernels of 3 wait for memory and read it pixel after pixel, all
// channels of each. Kernels of 5 multiply more: a vector of channels at a time, padded, so that
// nothing is at an edge, each number being read once for all pixels that it belongs to
// (EfficientNet-Lite0: from 44 to 90 GFLOP/s on maps of 7x7, from 75 to 119 on 28x28; with kernels
// of 3 it is slower, 29 instead of 43).
namespace p2s::cpu {
namespace {

struct Range {
  int64_t begin, end;
};

// The part of a kernel of `size` that lies in [0, limit) when it begins at `first`.
Range inside(int64_t first, int64_t size, int64_t limit) {
  return {std::max<int64_t>(0, -first), std::min(size, limit - first)};
}

// f.operator()<i>() for i in [0, N)
template <int N, class F>
void unrolled(F&& f) {
  [&]<int... I>(std::integer_sequence<int, I...>) { (f.template operator()<I>(), ...); }
  (std::make_integer_sequence<int, N>{});
}

// ---- pixel after pixel

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

// ---- a vector of channels at a time

// Pixels side by side whose sums are in registers.
constexpr int kMostPixels = 8;
constexpr int kWide = 5;  // kernels

// A vector of channels of an image's rows with padding left and right; the last few rows that were
// read stay, one after the other in the first cache.
class Slice {
 public:
  static constexpr int64_t kKept = 8;
  explicit Slice(const Conv2d& c)
      : c_(c),
        width_(c.width + c.pad_left + c.pad_right),
        numbers_(size_t(kKept * width_ * kLanes), 0) {}

  // The channels [channel, channel + n) of another image.
  void start(const real* image, int64_t channel, int64_t n) {
    image_ = image + channel;
    n_ = n;
    next_ = 0;
  }
  // Rows [begin, end), up to kKept.
  void read(int64_t begin, int64_t end) {
    for (int64_t h = std::max(begin, next_); h < end; ++h) read_row(h);
    next_ = std::max(next_, end);
  }
  const real* row(int64_t h) const { return numbers_.data() + (h & (kKept - 1)) * width_ * kLanes; }

 private:
  void read_row(int64_t h) {
    const real* from = image_ + h * c_.width * c_.channels;
    real* to = numbers_.data() + (row(h) - numbers_.data()) + c_.pad_left * kLanes;
    for (int64_t i = 0; i < c_.width; ++i, from += c_.channels, to += kLanes) {
      __builtin_prefetch(from + kLanes, 0, 2);  // wanted next, and far from what is wanted now
      if (n_ == kLanes) {
        store(to, load(from));
      } else {
        std::fill(std::copy_n(from, n_, to), to + kLanes, real(0));
      }
    }
  }
  const Conv2d& c_;
  const int64_t width_;
  std::vector<real> numbers_;
  const real* image_ = nullptr;
  int64_t n_ = 0, next_ = 0;
};

// The taps of an output row that lie in the image, and where.
struct Taps {
  const Conv2d& c;
  const Slice& slice;
  int64_t first_row, rows;  // of the image
  const real* w;            // of the first row: [rows, S, kLanes]
};

// [P, kLanes] of output pixels `column` and after; the stride is T.
template <int P, int T>
void multiply_taps(const Taps& taps, int64_t column, const Target& target) {
  Vector acc[P][1] = {};
  const real* w = taps.w;
  for (int64_t r = 0; r < taps.rows; ++r, w += kWide * kLanes) {
    const real* x = taps.slice.row(taps.first_row + r) + column * T * kLanes;
    Vector weights[kWide];
    unrolled<kWide>([&]<int s>() { weights[s] = load(w + s * kLanes); });
    unrolled<(P - 1) * T + kWide>([&]<int q>() {
      const Vector number = load(x + q * kLanes);
      unrolled<kWide>([&]<int s>() {
        constexpr int p = (q - s) / T;
        if constexpr (q >= s && (q - s) % T == 0 && p < P) acc[p][0] += weights[s] * number;
      });
    });
  }
  target.write(acc);
}

using Multiply = void (*)(const Taps&, int64_t, const Target&);
using ByPixels = std::array<Multiply, kMostPixels>;

// multiply_taps<1, T> to multiply_taps<kMostPixels, T>
template <int T, int... P>
constexpr ByPixels by_pixels(std::integer_sequence<int, P...>) {
  return {multiply_taps<P + 1, T>...};
}

// The channels [channel, channel + n) of an output row.
void convolve_row(const Taps& taps, const ByPixels& multiply, int64_t channel, int64_t n,
                  const Finish& finish, real* y) {
  const int64_t width = taps.c.out_width(), groups = ceil_divide(width, kMostPixels);
  for (int64_t group = 0; group < groups; ++group) {
    const int64_t column = width * group / groups;
    const int64_t pixels = width * (group + 1) / groups - column;
    const int64_t place = column * taps.c.channels + channel;
    multiply[size_t(pixels - 1)](taps, column,
                                 {finish.from(place, channel), n, y + place, taps.c.channels});
  }
}

void convolve_wide(const Conv2d& c, const real* x, const DepthwiseFilters& filters,
                   const Finish& finish, real* y) {
  constexpr auto kPixels = std::make_integer_sequence<int, kMostPixels>{};
  static constexpr ByPixels kMultiply[] = {by_pixels<1>(kPixels), by_pixels<2>(kPixels)};
  const int64_t height = c.out_height(), length = c.out_width() * c.channels;
  const int64_t rows = c.batch * height, vectors = ceil_divide(c.channels, kLanes);
  // What a row shares with the next one stays in the first cache.
  const auto convolve_rows = [&](int64_t begin, int64_t end, int64_t channel, Slice& slice) {
    const int64_t n = std::min<int64_t>(kLanes, c.channels - channel);
    for (int64_t i = begin; i < end; ++i) {
      const int64_t row = i % height, top = row * c.stride - c.pad_top;
      if (i == begin || row == 0) {
        slice.start(x + i / height * c.height * c.width * c.channels, channel, n);
      }
      const Range taps = inside(top, c.kernel_height, c.height);
      slice.read(top + taps.begin, top + taps.end);
      convolve_row({c, slice, top + taps.begin, taps.end - taps.begin,
                    filters.of(channel) + taps.begin * kWide * kLanes},
                   kMultiply[c.stride - 1], channel, n, finish.from(i * length, 0), y + i * length);
    }
  };
  const auto convolve_part = [&](int64_t begin, int64_t end, int64_t first, int64_t last) {
    Slice slice(c);
    for (int64_t i = first; i < last; ++i) convolve_rows(begin, end, i * kLanes, slice);
  };
  const int64_t work = c.out_width() * kLanes * patch_size(c);  // of a vector of a row
  // As the product before divides its work, so that a thread reads what it wrote: the many filters
  // of a small map, or rows.
  constexpr int64_t kFewPixels = 64;
  if (c.batch * c.height * c.width <= kFewPixels) {
    parallel_for(vectors, row_grain(rows * work, kMoveGrain),
                 [&](int64_t begin, int64_t end) { convolve_part(0, rows, begin, end); });
  } else {
    parallel_for(rows, row_grain(vectors * work, kMoveGrain),
                 [&](int64_t begin, int64_t end) { convolve_part(begin, end, 0, vectors); });
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
  if (c.kernel_width == kWide && c.kernel_height <= Slice::kKept && c.stride <= 2)
    return convolve_wide(c, x, filters, finish, y);
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

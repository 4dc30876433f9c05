#include "kernels/cpu/depthwise_wide.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "kernels/cpu/grain.h"
#include "kernels/cpu/patches.h"
#include "kernels/cpu/vector.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {
namespace {

// f.operator()<i>() for i in [0, N)
template <int N, class F>
void unrolled(F&& f) {
  [&]<int... I>(std::integer_sequence<int, I...>) { (f.template operator()<I>(), ...); }
  (std::make_integer_sequence<int, N>{});
}

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
  const real* row(int64_t h) const { return numbers_.data() + place(h); }

 private:
  int64_t place(int64_t h) const { return (h & (kKept - 1)) * width_ * kLanes; }
  void read_row(int64_t h) {
    const real* from = image_ + h * c_.width * c_.channels;
    real* to = numbers_.data() + place(h) + c_.pad_left * kLanes;
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
  const real* w;            // of the first row: [rows, kWide, kLanes]
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

}  // namespace

bool slides_over_channels(const Conv2d& c) {
  return c.kernel_width == kWide && c.kernel_height <= Slice::kKept && c.stride <= 2;
}

void slide_over_channels(const Conv2d& c, const real* x, const DepthwiseFilters& filters,
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
      const int64_t first = std::max<int64_t>(0, top),
                    last = std::min(c.height, top + c.kernel_height);
      slice.read(first, last);
      convolve_row(
          {c, slice, first, last - first, filters.of(channel) + (first - top) * kWide * kLanes},
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

}  // namespace p2s::cpu

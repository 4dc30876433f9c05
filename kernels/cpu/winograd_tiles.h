#pragma once

#include <algorithm>
#include <vector>

#include "kernels/cpu/grain.h"
#include "kernels/cpu/vector.h"
#include "kernels/kernels.h"

// What convolutions and filter gradients by minimal filtering have in common: the tiles of an
// image.
namespace p2s::cpu {

// Of a transformed tile.
constexpr int64_t kPlaces = 16;
// Sixteen streams whose distance is a multiple of a page would fight for one set of the cache.
constexpr int64_t kApart = kLanes;

// `side` takes a column of N vectors to M; here it does so to the columns, then to the rows.
template <int M, int N, class Side>
inline void both_ways(const Vector (&from)[N][N], Vector (&to)[M][M], Side&& side) {
  Vector half[M][N];
#pragma GCC unroll 4
  for (int j = 0; j < N; ++j) {
    Vector column[N], made[M];
#pragma GCC unroll 4
    for (int i = 0; i < N; ++i) column[i] = from[i][j];
    side(column, made);
#pragma GCC unroll 4
    for (int i = 0; i < M; ++i) half[i][j] = made[i];
  }
#pragma GCC unroll 4
  for (int i = 0; i < M; ++i) side(half[i], to[i]);
}

// B' d of a column of the input.
constexpr auto kInputSide = [](const Vector (&d)[4], Vector (&t)[4]) {
  t[0] = d[0] - d[2], t[1] = d[1] + d[2], t[2] = d[2] - d[1], t[3] = d[1] - d[3];
};

// B' d B of the pixels under a tile, a vector of channels; what stands at each place goes to
// to(place).
template <class To>
inline void transform_input(const real* const (&at)[4][4], int64_t channel, To&& to) {
  Vector d[4][4], t[4][4];
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) d[i / 4][i % 4] = load(at[i / 4][i % 4] + channel);
  both_ways(d, t, kInputSide);
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) store(to(i), t[i / 4][i % 4]);
}

// The tiles of all images' outputs, row by row.
class Tiles {
 public:
  explicit Tiles(const Conv2d& c)
      : c_(c),
        columns_(ceil_divide(c.out_width(), 2)),
        each_(columns_ * ceil_divide(c.out_height(), 2)),
        zeros_(size_t(std::max(c.channels, c.filters)), 0) {}
  int64_t count() const { return c_.batch * each_; }

  // Where the pixels of x under a tile lie; there are zeros outside of the image.
  void inputs(int64_t tile, const real* x, const real* (&at)[4][4]) const {
    const Place p = place(tile);
    find({c_.height, c_.width, c_.channels}, p.image, p.row - c_.pad_top, p.column - c_.pad_left, x,
         at);
  }
  // The same of its outputs.
  void outputs(int64_t tile, const real* y, const real* (&at)[2][2]) const {
    const Place p = place(tile);
    find({c_.out_height(), c_.out_width(), c_.filters}, p.image, p.row, p.column, y, at);
  }
  // The pixels of its outputs, counted through all images; -1 outside.
  void output_pixels(int64_t tile, int64_t (&pixel)[4]) const {
    const Place p = place(tile);
    for (int64_t i = 0; i < 4; ++i) {
      const int64_t row = p.row + i / 2, column = p.column + i % 2;
      const bool inside = row < c_.out_height() && column < c_.out_width();
      pixel[i] = inside ? (p.image * c_.out_height() + row) * c_.out_width() + column : -1;
    }
  }

 private:
  struct Place {
    int64_t image, row, column;  // of its first output
  };
  struct Shape {
    int64_t height, width, channels;
  };
  Place place(int64_t tile) const {
    return {tile / each_, tile % each_ / columns_ * 2, tile % each_ % columns_ * 2};
  }
  template <int N>
  void find(const Shape& s, int64_t n, int64_t top, int64_t left, const real* images,
            const real* (&at)[N][N]) const {
    const real* image = images + n * s.height * s.width * s.channels;
    for (int64_t i = 0; i < N; ++i) {
      for (int64_t j = 0; j < N; ++j) {
        const int64_t row = top + i, column = left + j;
        const bool inside = row >= 0 && row < s.height && column >= 0 && column < s.width;
        at[i][j] = inside ? image + (row * s.width + column) * s.channels : zeros_.data();
      }
    }
  }
  const Conv2d& c_;
  const int64_t columns_, each_;
  const std::vector<real> zeros_;
};

}  // namespace p2s::cpu

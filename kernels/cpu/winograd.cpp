#include "kernels/cpu/winograd.h"

#include <algorithm>
#include <vector>

#include "kernels/cpu/winograd_tiles.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {
namespace {

// Tiles that one thread takes through all steps: their numbers and a panel of filters stay in the
// second cache.
constexpr int64_t kTogether = 96;
constexpr auto kFilterSide = [](const Vector (&g)[3], Vector (&t)[4]) {  // G
  const Vector outer = g[0] + g[2];
  t[0] = g[0], t[1] = real(0.5) * (outer + g[1]), t[2] = real(0.5) * (outer - g[1]), t[3] = g[2];
};
constexpr auto kOutputSide = [](const Vector (&m)[4], Vector (&t)[2]) {  // A'
  t[0] = m[0] + m[1] + m[2], t[1] = m[1] - m[2] - m[3];
};

// Some tiles on their way: B' d B of each place [tiles, C], its products [tiles, K].
class Block {
 public:
  Block(const Conv2d& c, const Tiles& tiles, int64_t most)
      : c_(c),
        tiles_(tiles),
        seen_step_(most * c.channels + kApart),
        made_step_(most * c.filters + kApart),
        seen_(size_t(kPlaces * seen_step_) * sizeof(real)),
        made_(size_t(kPlaces * made_step_) * sizeof(real)) {}

  void begin(int64_t first, int64_t count) { first_ = first, count_ = count; }

  // Reads tiles [begin, end) of the block.
  void read(const real* x, int64_t begin, int64_t end) {
    for (int64_t tile = begin; tile < end; ++tile) {
      const real* at[4][4];
      tiles_.inputs(first_ + tile, x, at);
      real* to = seen_.as<real>() + tile * c_.channels;
      for (int64_t k = 0; k < c_.channels; k += kLanes) {
        transform_input(at, k, [&](int place) { return to + place * seen_step_ + k; });
      }
    }
  }

  // All tiles at one place times one panel of its filters.
  void multiply(const WinogradFilters& filters, int64_t place, int64_t panel) {
    multiply_panel(filters.at(place), panel, count_, seen_.as<real>() + place * seen_step_,
                   c_.channels, c_.channels, {}, made_.as<real>() + place * made_step_, c_.filters);
  }

  // Writes the outputs of tiles [begin, end) of the block.
  void write(const Finish& finish, int64_t begin, int64_t end, real* y) const {
    std::vector<real> sums(size_t(4 * c_.filters));
    for (int64_t tile = begin; tile < end; ++tile) {
      const real* from = made_.as<real>() + tile * c_.filters;
      for (int64_t k = 0; k < c_.filters; k += kLanes) {
        Vector m[4][4], t[2][2];
#pragma GCC unroll 16
        for (int i = 0; i < 16; ++i) m[i / 4][i % 4] = load(from + i * made_step_ + k);
        both_ways(m, t, kOutputSide);
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) store(&sums[size_t(i * c_.filters + k)], t[i / 2][i % 2]);
      }
      int64_t pixels[4];
      tiles_.output_pixels(first_ + tile, pixels);
      for (int64_t i = 0; i < 4; ++i) {
        const int64_t pixel = pixels[i];
        if (pixel < 0) continue;
        finish.from(pixel * c_.filters, 0)
            .write(1, c_.filters, &sums[size_t(i * c_.filters)], 0, y + pixel * c_.filters, 0);
      }
    }
  }

 private:
  const Conv2d& c_;
  const Tiles& tiles_;
  const int64_t seen_step_, made_step_;
  int64_t first_ = 0, count_ = 0;
  Scratch seen_, made_;
};

}  // namespace

bool winograd_fits(const Conv2d& c) {
  constexpr int64_t kWide = 32;
  return c.groups == 1 && c.stride == 1 && c.kernel_height == 3 && c.kernel_width == 3 &&
         std::min(c.filters, c.channels) >= kWide && c.filters % kLanes == 0 &&
         c.channels % kLanes == 0;
}

bool winograd_pays(const Conv2d& c) {
  // Fewer tiles wait for the filters, of which there are 16 / 9 as many numbers.
  constexpr int64_t kManyTiles = 32;
  return winograd_fits(c) && Tiles(c).count() >= kManyTiles;
}

WinogradFilters::WinogradFilters(int64_t filters, int64_t channels, const real* w, Use use) {
  const int64_t step = filters * channels + kApart;
  const Scratch made(size_t(kPlaces * step) * sizeof(real));
  const bool turned = use == Use::turned;
  parallel_for(filters, row_grain(kPlaces * channels, kMoveGrain), [&](int64_t begin, int64_t end) {
    for (int64_t filter = begin; filter < end; ++filter) {
      const real* from = w + filter * 9 * channels;
      real* to = made.as<real>() + filter * channels;
      for (int64_t k = 0; k < channels; k += kLanes) {
        Vector g[3][3], t[4][4];
#pragma GCC unroll 9
        for (int i = 0; i < 9; ++i) {
          g[i / 3][i % 3] = load(from + (turned ? 8 - i : i) * channels + k);
        }
        both_ways(g, t, kFilterSide);
#pragma GCC unroll 16
        for (int i = 0; i < 16; ++i) store(to + i * step + k, t[i / 4][i % 4]);
      }
    }
  });
  for (int64_t place = 0; place < kPlaces; ++place) {
    const real* each = made.as<real>() + place * step;
    if (turned) {
      weights_.emplace_back(false, filters, channels, each, channels);
    } else {
      weights_.emplace_back(true, channels, filters, each, channels);
    }
  }
}

void convolve_winograd(const Conv2d& c, const real* x, const WinogradFilters& filters,
                       const Finish& finish, real* y) {
  const Tiles tiles(c);
  const int64_t panels = filters.at(0).count();
  int64_t blocks = ceil_divide(tiles.count(), kTogether);
  if (blocks < 2 * threads()) {  // the filters are shared out, so that each is read once
    Block block(c, tiles, tiles.count());
    block.begin(0, tiles.count());
    const int64_t grain = row_grain(kPlaces * (c.channels + c.filters), kMoveGrain);
    parallel_for(tiles.count(), grain, [&](int64_t b, int64_t e) { block.read(x, b, e); });
    parallel_for(kPlaces * panels, 1, [&](int64_t b, int64_t e) {
      for (int64_t i = b; i < e; ++i) block.multiply(filters, i / panels, i % panels);
    });
    parallel_for(tiles.count(), grain, [&](int64_t b, int64_t e) { block.write(finish, b, e, y); });
    return;
  }
  blocks = ceil_divide(blocks, threads()) * threads();
  parallel_for(blocks, 1, [&](int64_t b, int64_t e) {
    Block block(c, tiles, ceil_divide(tiles.count(), blocks));
    for (int64_t i = b; i < e; ++i) {
      const int64_t first = tiles.count() * i / blocks;
      const int64_t count = tiles.count() * (i + 1) / blocks - first;
      block.begin(first, count);
      block.read(x, 0, count);
      for (int64_t j = 0; j < kPlaces * panels; ++j) {
        block.multiply(filters, j / panels, j % panels);
      }
      block.write(finish, 0, count, y);
    }
  });
}

}  // namespace p2s::cpu

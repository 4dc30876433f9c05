#include <algorithm>
#include <deque>
#include <vector>

#include "kernels/cpu/panels.h"
#include "kernels/cpu/sum_products.h"
#include "kernels/cpu/transpose.h"
#include "kernels/cpu/winograd.h"
#include "kernels/cpu/winograd_tiles.h"

// The gradient of the filters by minimal filtering: dg = G' (sum over tiles (B' d B) o (A dy A'))
// G. For each of the 16 places the sum is a product [K, tiles] [tiles, C].
namespace p2s::cpu {
namespace {

constexpr auto kSlopeSide = [](const Vector (&y)[2], Vector (&t)[4]) {  // A
  t[0] = y[0], t[1] = y[0] + y[1], t[2] = y[0] - y[1], t[3] = -y[1];
};
constexpr auto kFilterSide = [](const Vector (&u)[4], Vector (&g)[3]) {  // G'
  const Vector sum = real(0.5) * (u[1] + u[2]);
  g[0] = u[0] + sum, g[1] = real(0.5) * (u[1] - u[2]), g[2] = sum + u[3];
};

// From one place's sums [K,C] to the next.
int64_t sums_step(const Conv2d& c) { return c.filters * c.channels + kApart; }

// Some tiles: B' d B of each place [tiles, C] in panels, A dy A' turned [K, tiles].
class Work {
 public:
  Work(const Conv2d& c, const Tiles& tiles, const real* x, const real* dy, int64_t most)
      : c_(c),
        tiles_(tiles),
        x_(x),
        dy_(dy),
        row_step_(ceil_divide(most, kLanes) * kLanes + kApart),
        place_step_(c.filters * row_step_),
        slopes_(size_t(kPlaces * place_step_) * sizeof(real)) {
    for (int64_t i = 0; i < kPlaces; ++i) seen_.emplace_back(most, c.channels);
  }
  void begin(int64_t first, int64_t count) { first_ = first, count_ = count; }

  void read(int64_t begin, int64_t end) {
    for (int64_t tile = begin; tile < end; ++tile) read_inputs(tile);
    for (int64_t tile = begin; tile < end; tile += kLanes) {
      read_slopes(tile, std::min(end, tile + kLanes));
    }
  }

  int64_t jobs() const { return kPlaces * panels(); }

  void multiply(int64_t job, bool add, real* sums) const {
    const int64_t place = job / panels();
    real* to = sums + place * sums_step(c_);
    multiply_panel(seen_[size_t(place)], job % panels(), c_.filters,
                   slopes_.as<real>() + place * place_step_, row_step_, count_,
                   {.added = add ? to : nullptr}, to, c_.channels);
  }

 private:
  int64_t panels() const { return seen_.front().count(); }

  void read_inputs(int64_t tile) {
    const real* at[4][4];
    tiles_.inputs(first_ + tile, x_, at);
    for (int64_t i = 0; i < panels(); ++i) {
      const Panels::Panel p = seen_.front().panel(i);
      real* to[kPlaces];
      for (int64_t place = 0; place < kPlaces; ++place) {
        to[place] = seen_[size_t(place)].numbers(i) + tile * p.vectors * kLanes;
      }
      for (int64_t v = 0; v < p.vectors; ++v) {
        transform_input(at, p.first + v * kLanes,
                        [&](int place) { return to[place] + v * kLanes; });
      }
    }
  }

  void read_slopes(int64_t begin, int64_t end) {
    const real* at[kLanes][2][2];
    for (int64_t i = 0; i < end - begin; ++i) tiles_.outputs(first_ + begin + i, dy_, at[i]);
    alignas(64) real upright[kPlaces][kLanes * kLanes];
    for (int64_t k = 0; k < c_.filters; k += kLanes) {
      for (int64_t i = 0; i < end - begin; ++i) {
        Vector y[2][2], t[4][4];
#pragma GCC unroll 4
        for (int j = 0; j < 4; ++j) y[j / 2][j % 2] = load(at[i][j / 2][j % 2] + k);
        both_ways(y, t, kSlopeSide);
#pragma GCC unroll 16
        for (int j = 0; j < 16; ++j) store(upright[j] + i * kLanes, t[j / 4][j % 4]);
      }
      for (int64_t place = 0; place < kPlaces; ++place) {
        transpose(kLanes, kLanes, upright[place], kLanes,
                  slopes_.as<real>() + place * place_step_ + k * row_step_ + begin, row_step_);
      }
    }
  }

  const Conv2d& c_;
  const Tiles& tiles_;
  const real *x_, *dy_;
  const int64_t row_step_, place_step_;
  int64_t first_ = 0, count_ = 0;
  std::deque<Panels> seen_;
  Scratch slopes_;
};

// dw (+)= G' sums G
void write(const Conv2d& c, const std::vector<real*>& sums, bool accumulate, real* dw) {
  const int64_t C = c.channels;
  parallel_for(c.filters, row_grain(kPlaces * C, kMoveGrain), [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) {
      for (int64_t column = 0; column < C; column += kLanes) {
        Vector u[4][4], g[3][3];
        for (int i = 0; i < 16; ++i) {
          const int64_t at = i * sums_step(c) + k * C + column;
          Vector& sum = u[i / 4][i % 4];
          sum = load(sums[0] + at);
          for (size_t part = 1; part < sums.size(); ++part) sum += load(sums[part] + at);
        }
        both_ways(u, g, kFilterSide);
        for (int i = 0; i < 9; ++i) {
          real* to = dw + (k * 9 + i) * C + column;
          store(to, accumulate ? load(to) + g[i / 3][i % 3] : g[i / 3][i % 3]);
        }
      }
    }
  });
}

}  // namespace

void winograd_filter_gradient(const Conv2d& c, const real* x, const real* dy, real* dw,
                              bool accumulate) {
  const Tiles tiles(c);
  const int64_t numbers = kPlaces * sums_step(c);
  const Lots lots = lots_of(tiles.count(), numbers, kPlaces * (c.channels + c.filters));
  const Scratch all(size_t(lots.parts * numbers) * sizeof(real));
  std::vector<real*> sums;
  for (int64_t i = 0; i < lots.parts; ++i) sums.push_back(all.as<real>() + i * numbers);
  sum_products(
      lots, [&] { return Work(c, tiles, x, dy, lots.most); }, sums, false);
  write(c, sums, accumulate, dw);
}

}  // namespace p2s::cpu

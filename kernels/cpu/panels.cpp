#include "kernels/cpu/panels.h"

#include <array>
#include <utility>
#include <vector>

#include "kernels/cpu/grain.h"
#include "kernels/cpu/transpose.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {
namespace {

// Numbers of a row that one pass multiplies: a block of a panel stays in the second cache while all
// rows meet it.
constexpr int64_t kDepth = 1024;

using Tile = void (*)(const real* const*, const Runs&, const real*, const Target&, Prefetch);

template <int V, int... I>
constexpr std::array<Tile, kMostRows> tiles_of(std::integer_sequence<int, I...>) {
  return {multiply_tile<I + 1, V>...};
}

template <int... I>
constexpr auto all_tiles(std::integer_sequence<int, I...>) {
  return std::array{tiles_of<I + 1>(std::make_integer_sequence<int, tile_rows(I + 1)>{})...};
}

// multiply_tile<rows, vectors>
Tile tile(int64_t rows, int64_t vectors) {
  static constexpr auto kTiles = all_tiles(std::make_integer_sequence<int, kMostVectors>{});
  return kTiles[size_t(vectors - 1)][size_t(rows - 1)];
}

// As few panels as there can be, but as many for each thread.
int64_t panels_of(int64_t vectors) {
  const int64_t fewest = ceil_divide(vectors, kMostVectors);
  const int64_t shared = ceil_divide(fewest, threads()) * threads();
  constexpr int64_t kWide = 3;  // narrower ones multiply more slowly
  return kWide * shared <= vectors ? shared : fewest;
}

// Vectors of each of `count` panels that share `vectors` evenly begin here.
int64_t first_vector(int64_t panel, int64_t vectors, int64_t count) {
  return vectors * panel / count;
}

// A part of the runs, at `offset` in each row and after `before` rows of the panel.
struct Pass {
  Runs runs;
  int64_t offset, before;
};

std::vector<Pass> passes(const Runs& runs) {
  std::vector<Pass> all;
  int64_t before = 0;
  const auto add = [&](int64_t first, int64_t count, int64_t offset, int64_t length) {
    all.push_back({{count, length, runs.step}, first * runs.step + offset, before});
    before += count * length;
  };
  if (runs.length > kDepth) {
    const int64_t parts = ceil_divide(runs.length, kDepth);
    for (int64_t run = 0; run < runs.count; ++run) {
      for (int64_t i = 0; i < parts; ++i) {
        const int64_t begin = runs.length * i / parts, end = runs.length * (i + 1) / parts;
        add(run, 1, begin, end - begin);
      }
    }
    return all;
  }
  const int64_t together = std::max<int64_t>(1, kDepth / std::max<int64_t>(1, runs.length));
  for (int64_t run = 0; run < runs.count; run += together) {
    add(run, std::min(together, runs.count - run), 0, runs.length);
  }
  return all;
}

// The first pass adds what is wanted, later ones to what stands there; the last one finishes.
Finish finish_of(const Finish& whole, bool first, bool last, const real* y) {
  Finish f = first ? whole : Finish{.added = y};
  f.bias = last ? whole.bias : nullptr;
  f.activation = last ? whole.activation : Activation::none;
  return f;
}

}  // namespace

Panels::Panels(int64_t k, int64_t n)
    : k_(k),
      n_(n),
      vectors_(ceil_divide(n, kLanes)),
      count_(panels_of(vectors_)),
      numbers_(size_t(k * vectors_ * kLanes) * sizeof(real)) {}

Panels::Panels(int64_t k, int64_t n, const std::function<const real*(int64_t)>& row)
    : Panels(k, n) {
  fill_rows(row);
}

Panels::Panels(bool transpose_b, int64_t k, int64_t n, const real* b, int64_t ldb) : Panels(k, n) {
  if (!transpose_b) {
    fill_rows([=](int64_t l) { return b + l * ldb; });
    return;
  }
  fill([&](const Panel& p, int64_t begin, int64_t end, int64_t there, real* to) {
    const int64_t width = p.vectors * kLanes;
    if (there < width) std::fill(to + begin * width, to + end * width, real(0));
    transpose(there, end - begin, b + p.first * ldb + begin, ldb, to + begin * width, width);
  });
}

void Panels::write_row(int64_t l, const real* row) {
  for (int64_t i = 0; i < count_; ++i) {
    const Panel p = panel(i);
    const int64_t width = p.vectors * kLanes, there = std::min(width, n_ - p.first);
    real* to = numbers(i) + l * width;
    std::copy_n(row + p.first, there, to);
    std::fill(to + there, to + width, real(0));
  }
}

template <class Row>
void Panels::fill_rows(Row&& row) {
  fill([&](const Panel& p, int64_t begin, int64_t end, int64_t there, real* to) {
    const int64_t width = p.vectors * kLanes;
    for (int64_t l = begin; l < end; ++l) {
      std::copy_n(row(l) + p.first, there, to + l * width);
      std::fill(to + l * width + there, to + (l + 1) * width, real(0));
    }
  });
}

template <class Write>
void Panels::fill(Write&& write) {
  constexpr int64_t kRows = 256;
  const int64_t parts = ceil_divide(k_, kRows);
  parallel_for(count_ * parts, row_grain(kRows * kPanelColumns, kMoveGrain),
               [&](int64_t begin, int64_t end) {
                 for (int64_t i = begin; i < end; ++i) {
                   const Panel p = panel(i / parts);
                   const int64_t first = i % parts * kRows;
                   write(p, first, std::min(k_, first + kRows),
                         std::min(p.vectors * kLanes, n_ - p.first), const_cast<real*>(p.numbers));
                 }
               });
}

Panels::Panel Panels::panel(int64_t i) const {
  const int64_t begin = first_vector(i, vectors_, count_),
                end = first_vector(i + 1, vectors_, count_);
  return {begin * kLanes, end - begin, numbers_.as<real>() + begin * kLanes * k_};
}

void multiply_panel(const Panels& b, int64_t panel, int64_t m, const real* const* rows, Runs runs,
                    const Finish& finish, real* y, int64_t ldy) {
  const Panels::Panel p = b.panel(panel);
  const int64_t width = p.vectors * kLanes, there = std::min(width, b.n() - p.first);
  const int64_t tiles = ceil_divide(m, tile_rows(int(p.vectors)));
  const std::vector<Pass> all = passes(runs);
  for (const Pass& pass : all) {
    const bool first = &pass == &all.front(), last = &pass == &all.back();
    const real* block = p.numbers + pass.before * width;
    const char* next = reinterpret_cast<const char*>(block + pass.runs.numbers() * width);
    for (int64_t t = 0; t < tiles; ++t) {
      const int64_t begin = m * t / tiles, count = m * (t + 1) / tiles - begin;
      const real* at[kMostRows];
      for (int64_t i = 0; i < count; ++i) at[i] = rows[begin + i] + pass.offset;
      const bool ahead = t < p.vectors * kLanes * int64_t(sizeof(real)) / 32;
      const int64_t place = begin * ldy + p.first;
      const Target target{finish_of(finish, first, last, y).from(place, p.first), there, y + place,
                          ldy};
      tile(count, p.vectors)(at, pass.runs, block, target, {next, ahead ? 128 : 0});
      next += ahead ? pass.runs.numbers() / 4 * 128 : 0;
    }
  }
}

void multiply_panel(const Panels& b, int64_t panel, int64_t m, const real* a, int64_t lda,
                    int64_t numbers, const Finish& finish, real* y, int64_t ldy) {
  std::vector<const real*> rows(size_t(m), nullptr);
  for (int64_t i = 0; i < m; ++i) rows[size_t(i)] = a + i * lda;
  multiply_panel(b, panel, m, rows.data(), {1, numbers, 0}, finish, y, ldy);
}

void multiply_panels(const Panels& b, int64_t m, const real* a, int64_t lda, const Finish& finish,
                     real* y, int64_t ldy) {
  int64_t blocks = ceil_divide(m, kRowsTogether);
  // Threads share rows rather than panels where each may read the whole weight: in a convnet, they
  // wrote those rows themselves.
  constexpr int64_t kSmallWeight = 80 << 10, kRows = 24;
  if (b.k() * b.n() <= kSmallWeight && m >= kRows * threads()) {
    blocks = ceil_divide(blocks, threads()) * threads();
  }
  const int64_t work = std::max<int64_t>(1, ceil_divide(m, blocks) * b.k() * kPanelColumns);
  parallel_for(blocks * b.count(), row_grain(work, 1 << 18), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t block = i / b.count(), first = m * block / blocks;
      const int64_t count = m * (block + 1) / blocks - first;
      multiply_panel(b, i % b.count(), count, a + first * lda, lda, b.k(),
                     finish.from(first * ldy, 0), y + first * ldy, ldy);
    }
  });
}

}  // namespace p2s::cpu

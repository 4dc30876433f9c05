#include "kernels/cpu/rounded_weight.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <vector>

#include "kernels/cpu/bfloat16.h"
#include "kernels/cpu/finish.h"
#include "kernels/cpu/grain.h"
#include "kernels/cpu/matrix_tiles.h"
#include "kernels/cpu/vector.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {
namespace {

using dnnl::memory;
using Type = memory::data_type;

// What oneDNN chooses for a batch of rows; products with fewer or more rows use it too.
memory::desc layout_of(int64_t k, int64_t n) {
  static PrimitiveCache<std::array<int64_t, 2>, memory::desc> cache("weights in bf16", 256);
  return cache.get({k, n}, [&] {
    constexpr int64_t kBatch = 64;
    const memory::desc a({kBatch, k}, Type::bf16, memory::format_tag::ab),
        b({k, n}, Type::bf16, memory::format_tag::any),
        c({kBatch, n}, Type::f32, memory::format_tag::ab);
    return dnnl::matmul::primitive_desc({a, b, c}, dnnl_engine()).weights_desc();
  });
}

// Columns of a panel if the layout is one of panels [k / 2, columns, 2], in blocks of 32 rows.
std::optional<int64_t> panel_columns(const memory::desc& layout) {
  const auto& blocking = layout.data.format_desc.blocking;
  const bool pairs = blocking.inner_nblks == 3 && blocking.inner_idxs[0] == 0 &&
                     blocking.inner_idxs[1] == 1 && blocking.inner_idxs[2] == 0 &&
                     blocking.inner_blks[0] == kTileDepth / 2 && blocking.inner_blks[2] == 2;
  if (!pairs || blocking.inner_blks[1] > kTilePanel ||
      blocking.strides[0] != kTileDepth * blocking.inner_blks[1]) {
    return std::nullopt;
  }
  return blocking.inner_blks[1];
}

// Up to 32 rows of a panel of `width` columns, of which `there` have weights.
struct Block {
  int64_t width, there, rows;
  uint32_t* to;  // [16, width]: two rows in each number
};

// Row l of the weight lies at b + l ldb.
void pack_rows(const Block& block, const real* b, int64_t ldb) {
  for (int64_t l = 0; l < kTileDepth; l += 2) {
    uint32_t* to = block.to + l / 2 * block.width;
    const real *first = b + l * ldb, *second = first + ldb;
    int64_t j = 0;
    if (l + 1 < block.rows) {
      j = block.there;
#pragma omp simd
      for (int64_t i = 0; i < block.there; ++i) {
        to[i] = bfloat16_bits(first[i]) | bfloat16_bits(second[i]) << 16;
      }
    } else if (l < block.rows) {
      for (; j < block.there; ++j) to[j] = bfloat16_bits(first[j]);
    }
    std::fill(to + j, to + block.width, 0u);
  }
}

// Column j of the weight lies at b + j ldb.
void pack_columns(const Block& block, const real* b, int64_t ldb) {
  uint32_t pairs[kTilePanel][kTileDepth / 2] = {};
  for (int64_t j = 0; j < block.there; ++j) {
    const real* column = b + j * ldb;
    const int64_t whole = block.rows / 2;
#pragma omp simd
    for (int64_t i = 0; i < whole; ++i) {
      pairs[j][i] = bfloat16_bits(column[2 * i]) | bfloat16_bits(column[2 * i + 1]) << 16;
    }
    if (block.rows % 2 != 0) pairs[j][whole] = bfloat16_bits(column[block.rows - 1]);
  }
  for (int64_t i = 0; i < kTileDepth / 2; ++i) {
    for (int64_t j = 0; j < block.width; ++j) block.to[i * block.width + j] = pairs[j][i];
  }
}

// Three times as fast as oneDNN's reorder, which takes as long as a product of 64 rows.
void pack_panels(const memory::desc& layout, int64_t width, bool transpose_b, int64_t k, int64_t n,
                 const real* b, int64_t ldb, void* numbers) {
  const int64_t panel = layout.data.format_desc.blocking.strides[1];
  const int64_t panels = ceil_divide(n, width), blocks = ceil_divide(k, kTileDepth);
  const auto pack_block = [&](int64_t i, int64_t at) {
    const int64_t column = i * width, row = at * kTileDepth;
    const Block block{
        width, std::min(width, n - column), std::min(kTileDepth, k - row),
        reinterpret_cast<uint32_t*>(static_cast<uint16_t*>(numbers) + i * panel + row * width)};
    if (transpose_b) return pack_columns(block, b + column * ldb + row, ldb);
    pack_rows(block, b + row * ldb + column, ldb);
  };
  // Along the memory that is read.
  parallel_for(panels * blocks, row_grain(kTileDepth * width, kMoveGrain),
               [&](int64_t begin, int64_t end) {
                 for (int64_t i = begin; i < end; ++i) {
                   if (transpose_b) {
                     pack_block(i / blocks, i % blocks);
                   } else {
                     pack_block(i % panels, i / panels);
                   }
                 }
               });
}

// A few rows are bound by reading the weight, which oneDNN does at 65 % of the memory's speed.
constexpr int kFewRows = 3;

// sums [R,64] = rows [R,k] times a panel of 64 columns: each pair of weights is read once.
template <int R>
void multiply_panel(int64_t k, const real* rows, const uint32_t* panel, real* sums) {
  using Bits = uint32_t __attribute__((vector_size(kLanes * sizeof(uint32_t))));
  constexpr int V = kTilePanel / kLanes;
  Vector acc[R][V] = {};
  for (int64_t l = 0; l < k; l += 2, panel += kTilePanel) {
#pragma GCC unroll 8
    for (int j = 0; j < V; ++j) {
      Bits pair;
      __builtin_memcpy(&pair, panel + j * kLanes, sizeof pair);
      const auto first = std::bit_cast<Vector>(pair << 16);
      const auto second = std::bit_cast<Vector>(pair & 0xFFFF0000u);
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) {
        acc[r][j] += rows[r * k + l] * first;
        acc[r][j] += rows[r * k + l + 1] * second;
      }
    }
  }
  for (int r = 0; r < R; ++r) {
    for (int j = 0; j < V; ++j) store(sums + r * kTilePanel + j * kLanes, acc[r][j]);
  }
}

// rows [m,k], k even, m up to kFewRows
void multiply_panel(int64_t m, int64_t k, const real* rows, const uint32_t* panel, real* sums) {
  if (m == 1) return multiply_panel<1>(k, rows, panel, sums);
  if (m == 2) return multiply_panel<2>(k, rows, panel, sums);
  multiply_panel<kFewRows>(k, rows, panel, sums);
}

struct Product {
  dnnl::matmul product;
  memory::desc a, c;
};

Product product_of(int64_t m, int64_t k, int64_t n, int64_t ldc, real beta) {
  using Key = std::pair<std::array<int64_t, 4>, real>;
  static PrimitiveCache<Key, Product> cache("gemm in bf16", 512);
  return cache.get({{m, n, k, ldc}, beta}, [&] {
    Product made;
    made.a = memory::desc({m, k}, Type::bf16, memory::format_tag::ab);
    made.c = memory::desc({m, n}, Type::f32, memory::dims{ldc, 1});
    dnnl::primitive_attr attributes = cached_primitive();
    if (beta != 0) {
      dnnl::post_ops after;
      after.append_sum(beta);
      attributes.set_post_ops(after);
    }
    made.product = dnnl::matmul({{made.a, layout_of(k, n), made.c}, attributes, dnnl_engine()});
    return made;
  });
}

}  // namespace

RoundedWeight::RoundedWeight(bool transpose_b, int64_t k, int64_t n, const real* b, int64_t ldb)
    : k_(k), n_(n), layout_(layout_of(k, n)), numbers_(layout_.get_size()) {
  if (const auto width = panel_columns(layout_)) {
    pack_panels(layout_, *width, transpose_b, k, n, b, ldb, numbers_.as<void>());
    return;
  }
  const memory::dims strides = transpose_b ? memory::dims{1, ldb} : memory::dims{ldb, 1};
  memory from = dnnl_memory({{k, n}, Type::f32, strides}, b),
         to = dnnl_memory(layout_, numbers_.as<void>());
  dnnl::reorder(from, to).execute(dnnl_stream(), from, to);
}

void RoundedWeight::multiply_few(int64_t m, const real* a, int64_t lda, real* c, int64_t ldc,
                                 real beta) const {
  const int64_t even = (k_ + 1) / 2 * 2, panel = layout_.data.format_desc.blocking.strides[1] / 2;
  std::vector<real> rows(size_t(m * even));
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t l = 0; l < k_; ++l) {
      rows[size_t(i * even + l)] = std::bit_cast<real>(bfloat16_bits(a[i * lda + l]) << 16);
    }
  }
  parallel_for(ceil_divide(n_, kTilePanel), row_grain(m * k_ * kTilePanel, 4 * kMoveGrain),
               [&](int64_t begin, int64_t end) {
                 alignas(64) real sums[kFewRows * kTilePanel];
                 for (int64_t i = begin; i < end; ++i) {
                   multiply_panel(m, even, rows.data(), numbers_.as<uint32_t>() + i * panel, sums);
                   const int64_t first = i * kTilePanel, there = std::min(kTilePanel, n_ - first);
                   real* y = c + first;
                   const Finish finish{.added = beta == 0 ? nullptr : y, .factor = beta};
                   finish.write(m, there, sums, kTilePanel, y, ldc);
                 }
               });
}

void RoundedWeight::multiply_in_tiles(bool transpose_a, int64_t m, const real* a, int64_t lda,
                                      real* c, int64_t ldc, real beta) const {
  // Tiles of rows that meet a panel while it is in the second cache, and stay there themselves.
  constexpr int64_t kTogether = 8;
  const RoundedTiles rows(transpose_a, m, k_, a, lda);
  const int64_t panel = layout_.data.format_desc.blocking.strides[1] / 2;
  const int64_t panels = ceil_divide(n_, kTilePanel), lots = ceil_divide(rows.tiles(), kTogether);
  parallel_for(lots * panels, row_grain(m * k_ * kTilePanel / lots, 4 * kMoveGrain),
               [&](int64_t begin, int64_t end) {
                 const TileRows tile_rows(rows.rows());
                 std::vector<real> sums(size_t(kTogether * rows.rows() * kTilePanel));
                 for (int64_t i = begin; i < end; ++i) {
                   const int64_t lot = i / panels, column = i % panels * kTilePanel;
                   const int64_t tile = rows.tiles() * lot / lots;
                   const int64_t end_tile = rows.tiles() * (lot + 1) / lots;
                   const uint32_t* numbers = numbers_.as<uint32_t>() + i % panels * panel;
                   rows.multiply(tile, end_tile - tile, numbers, numbers + panel, sums.data());
                   const int64_t row = tile * rows.rows(),
                                 end_row = std::min(m, end_tile * rows.rows());
                   real* y = c + row * ldc + column;
                   const Finish finish{.added = beta == 0 ? nullptr : y, .factor = beta};
                   finish.write(end_row - row, std::min(kTilePanel, n_ - column), sums.data(),
                                kTilePanel, y, ldc);
                 }
               });
}

void RoundedWeight::multiply(bool transpose_a, int64_t m, const real* a, int64_t lda, real* c,
                             int64_t ldc, real beta) const {
  if (panel_columns(layout_) == kTilePanel) {
    if (m <= kFewRows && !transpose_a) return multiply_few(m, a, lda, c, ldc, beta);
    if (has_matrix_tiles()) return multiply_in_tiles(transpose_a, m, a, lda, c, ldc, beta);
  }
  const Scratch rounded(size_t(m * k_) * sizeof(uint16_t));
  round_to_bfloat16(transpose_a, m, k_, a, lda, rounded.as<uint16_t>());
  const Product p = product_of(m, k_, n_, ldc, beta);
  run(p.product, {{DNNL_ARG_SRC, dnnl_memory(p.a, rounded.as<void>())},
                  {DNNL_ARG_WEIGHTS, dnnl_memory(layout_, numbers_.as<void>())},
                  {DNNL_ARG_DST, dnnl_memory(p.c, c)}});
}

}  // namespace p2s::cpu

#include "kernels/cpu/rounded_weight.h"

#include <algorithm>
#include <array>
#include <optional>

#include "kernels/cpu/bfloat16.h"
#include "kernels/cpu/grain.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {
namespace {

using dnnl::memory;
using Type = memory::data_type;

constexpr int64_t kRows = 32;  // of a block of oneDNN's layout, as 16 pairs

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
                     blocking.inner_blks[0] == kRows / 2 && blocking.inner_blks[2] == 2;
  if (!pairs || blocking.inner_blks[1] > 64 ||
      blocking.strides[0] != kRows * blocking.inner_blks[1]) {
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
  for (int64_t l = 0; l < kRows; l += 2) {
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
  uint32_t pairs[64][kRows / 2] = {};
  for (int64_t j = 0; j < block.there; ++j) {
    const real* column = b + j * ldb;
    const int64_t whole = block.rows / 2;
#pragma omp simd
    for (int64_t i = 0; i < whole; ++i) {
      pairs[j][i] = bfloat16_bits(column[2 * i]) | bfloat16_bits(column[2 * i + 1]) << 16;
    }
    if (block.rows % 2 != 0) pairs[j][whole] = bfloat16_bits(column[block.rows - 1]);
  }
  for (int64_t i = 0; i < kRows / 2; ++i) {
    for (int64_t j = 0; j < block.width; ++j) block.to[i * block.width + j] = pairs[j][i];
  }
}

// Three times as fast as oneDNN's reorder, which takes as long as a product of 64 rows.
void pack_panels(const memory::desc& layout, int64_t width, bool transpose_b, int64_t k, int64_t n,
                 const real* b, int64_t ldb, void* numbers) {
  const int64_t panel = layout.data.format_desc.blocking.strides[1];
  const int64_t panels = (n + width - 1) / width, blocks = (k + kRows - 1) / kRows;
  const auto pack_block = [&](int64_t i, int64_t at) {
    const int64_t column = i * width, row = at * kRows;
    const Block block{width, std::min(width, n - column), std::min(kRows, k - row),
                      reinterpret_cast<uint32_t*>(static_cast<uint16_t*>(numbers) + i * panel +
                                                  row * width)};
    if (transpose_b) return pack_columns(block, b + column * ldb + row, ldb);
    pack_rows(block, b + row * ldb + column, ldb);
  };
  // Along the memory that is read.
  parallel_for(panels * blocks, row_grain(kRows * width, kMoveGrain),
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

struct Product {
  dnnl::matmul product;
  memory::desc a, c;
};

Product product_of(int64_t m, int64_t k, int64_t n, int64_t ldc, real alpha, real beta) {
  using Key = std::pair<std::array<int64_t, 4>, std::array<real, 2>>;
  static PrimitiveCache<Key, Product> cache("gemm in bf16", 512);
  return cache.get({{m, n, k, ldc}, {alpha, beta}}, [&] {
    Product made;
    made.a = memory::desc({m, k}, Type::bf16, memory::format_tag::ab);
    made.c = memory::desc({m, n}, Type::f32, memory::dims{ldc, 1});
    dnnl::primitive_attr attributes = cached_primitive();
    if (alpha != 1) attributes.set_output_scales(0, {alpha});
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

void RoundedWeight::multiply(bool transpose_a, int64_t m, const real* a, int64_t lda, real* c,
                             int64_t ldc, real alpha, real beta) const {
  const Scratch rounded(size_t(m * k_) * sizeof(uint16_t));
  round_to_bfloat16(transpose_a, m, k_, a, lda, rounded.as<uint16_t>());
  const Product p = product_of(m, k_, n_, ldc, alpha, beta);
  run(p.product, {{DNNL_ARG_SRC, dnnl_memory(p.a, rounded.as<void>())},
                  {DNNL_ARG_WEIGHTS, dnnl_memory(layout_, numbers_.as<void>())},
                  {DNNL_ARG_DST, dnnl_memory(p.c, c)}});
}

}  // namespace p2s::cpu

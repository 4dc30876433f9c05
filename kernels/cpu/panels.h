#pragma once

#include <functional>

#include "kernels/cpu/finish.h"
#include "kernels/cpu/scratch.h"
#include "kernels/cpu/tile.h"

namespace p2s::cpu {

// A weight [k,n] in panels of some vectors of columns, each row after row, so that a product reads
// it in order; columns past n are 0.
class Panels {
 public:
  struct Panel {
    int64_t first, vectors;  // column, size
    const real* numbers;     // [k, vectors * kLanes]
  };
  Panels(bool transpose_b, int64_t k, int64_t n, const real* b, int64_t ldb);
  // Row l of the weight lies at row(l).
  Panels(int64_t k, int64_t n, const std::function<const real*(int64_t)>& row);
  // To be written.
  Panels(int64_t k, int64_t n);

  int64_t k() const { return k_; }
  int64_t n() const { return n_; }
  int64_t count() const { return count_; }
  Panel panel(int64_t i) const;
  real* numbers(int64_t i) { return const_cast<real*>(panel(i).numbers); }
  void write_row(int64_t l, const real* row);

 private:
  template <class Row>
  void fill_rows(Row&& row);
  template <class Write>
  void fill(Write&& write);
  int64_t k_, n_, vectors_, count_;
  Scratch numbers_;
};

// Rows of A that stay in the second cache while a block of a panel meets them.
constexpr int64_t kRowsTogether = 240;

// Rows of A anywhere in memory times one panel. rows [m] point to their numbers; row i of the
// result begins at y + i ldy, that of `added` likewise.
void multiply_panel(const Panels& b, int64_t panel, int64_t m, const real* const* rows, Runs runs,
                    const Finish& finish, real* y, int64_t ldy);
// Rows of `numbers` each, lda apart.
void multiply_panel(const Panels& b, int64_t panel, int64_t m, const real* a, int64_t lda,
                    int64_t numbers, const Finish& finish, real* y, int64_t ldy);

// Y [m,n] = finish(A [m,k] B)
void multiply_panels(const Panels& b, int64_t m, const real* a, int64_t lda, const Finish& finish,
                     real* y, int64_t ldy);

}  // namespace p2s::cpu

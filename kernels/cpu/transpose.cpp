#include "kernels/cpu/transpose.h"

#include <utility>

namespace p2s::cpu {
namespace {

// Of rows i and i + Distance, `a` and `b`: the halves of every 2 Distance lanes that belong to row
// i of the transpose, and those of the other.
template <int Distance, int... Lane>
inline void exchange(Vector& a, Vector& b, std::integer_sequence<int, Lane...>) {
  const Vector upper =
      __builtin_shufflevector(a, b, ((Lane & Distance) ? kLanes + Lane - Distance : Lane)...);
  b = __builtin_shufflevector(a, b, ((Lane & Distance) ? kLanes + Lane : Lane + Distance)...);
  a = upper;
}

template <int Distance>
inline void exchange_all(Vector (&rows)[kLanes]) {
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) {
    if ((i & Distance) == 0) {
      exchange<Distance>(rows[i], rows[i + Distance], std::make_integer_sequence<int, kLanes>{});
    }
  }
}

void transpose_square(const real* from, int64_t from_step, real* to, int64_t to_step) {
  Vector rows[kLanes];
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) rows[i] = load(from + i * from_step);
  if constexpr (kLanes > 8) exchange_all<8 % kLanes>(rows);
  exchange_all<4>(rows);
  exchange_all<2>(rows);
  exchange_all<1>(rows);
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) store(to + i * to_step, rows[i]);
}

}  // namespace

void transpose(int64_t rows, int64_t columns, const real* from, int64_t from_step, real* to,
               int64_t to_step) {
  const int64_t whole_rows = rows / kLanes * kLanes, whole_columns = columns / kLanes * kLanes;
  for (int64_t j = 0; j < whole_columns; j += kLanes) {
    for (int64_t i = 0; i < whole_rows; i += kLanes) {
      transpose_square(from + i * from_step + j, from_step, to + j * to_step + i, to_step);
    }
  }
  const auto one_by_one = [&](int64_t first_row, int64_t last_row, int64_t first_column) {
    for (int64_t j = first_column; j < columns; ++j) {
      for (int64_t i = first_row; i < last_row; ++i) to[j * to_step + i] = from[i * from_step + j];
    }
  };
  one_by_one(0, whole_rows, whole_columns);
  one_by_one(whole_rows, rows, 0);
}

}  // namespace p2s::cpu

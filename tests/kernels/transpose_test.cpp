#include "kernels/cpu/transpose.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <numeric>
#include <vector>

namespace p2s::cpu {

TEST_CASE("a transpose of any size, beside whose rows nothing is written") {
  for (const int64_t rows : {1, 7, 16, 35}) {
    for (const int64_t columns : {1, 8, 16, 50}) {
      CAPTURE(rows);
      CAPTURE(columns);
      const int64_t from_step = columns + 3, to_step = rows + 2;
      std::vector<real> from(size_t(rows * from_step)), to(size_t(columns * to_step), -1);
      std::iota(from.begin(), from.end(), real(0));
      transpose(rows, columns, from.data(), from_step, to.data(), to_step);
      for (int64_t j = 0; j < columns; ++j) {
        for (int64_t i = 0; i < to_step; ++i) {
          const real expected = i < rows ? from[size_t(i * from_step + j)] : -1;
          REQUIRE(to[size_t(j * to_step + i)] == expected);
        }
      }
    }
  }
}

}  // namespace p2s::cpu

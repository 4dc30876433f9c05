#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "nn/base/real.h"

namespace p2s {

// Brings each row to length one; rows of zeros stay.
inline void make_unit_rows(std::vector<real>& rows, size_t columns) {
  for (size_t begin = 0; begin < rows.size(); begin += columns) {
    double squares = 0;
    for (size_t i = begin; i < begin + columns; ++i) squares += double(rows[i]) * double(rows[i]);
    if (squares == 0) continue;
    for (size_t i = begin; i < begin + columns; ++i) {
      rows[i] = real(double(rows[i]) / std::sqrt(squares));
    }
  }
}

}  // namespace p2s

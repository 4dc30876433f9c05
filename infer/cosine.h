#pragma once

#include <cmath>
#include <span>

#include "nn/base/real.h"

namespace p2s {

// Of the angle between vectors of one size; 0 where one of them is zero.
inline double cosine(std::span<const real> a, std::span<const real> b) {
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < b.size(); ++i) {
    ab += double(a[i]) * double(b[i]);
    aa += double(a[i]) * double(a[i]);
    bb += double(b[i]) * double(b[i]);
  }
  return aa == 0 || bb == 0 ? 0 : ab / std::sqrt(aa * bb);
}

}  // namespace p2s

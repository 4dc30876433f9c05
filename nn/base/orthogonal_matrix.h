#pragma once

#include <cstdint>
#include <vector>

#include "nn/base/rng.h"

namespace p2s {

// [n, n], row by row: a matrix with orthonormal rows and columns, uniform over all of them (QR of
// normal numbers; Mezzadri 2007, "How to generate random matrices from the classical compact
// groups").
std::vector<double> random_orthogonal_matrix(int64_t n, Rng& rng);

}  // namespace p2s

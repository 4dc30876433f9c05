#pragma once

#include <string>
#include <vector>

#include "data/image.h"
#include "nn/base/real.h"

namespace p2s {

// A photograph with the places that were looked at in their colours, lit warmly, and the others
// dark: `weights` [rows * columns] over a grid, spread smoothly between its places (a Gaussian of
// half a place) and brought to a largest of 1.
Image heatmap(const Image& photo, const std::vector<real>& weights, int64_t rows, int64_t columns);

// A photograph at most `side` pixels wide and high.
Image shrunk(const Image& photo, int64_t side);

}  // namespace p2s

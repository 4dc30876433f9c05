#pragma once

#include <deque>

#include "kernels/cpu/panels.h"

// Convolutions 3 x 3 of stride 1 by minimal filtering F(2x2, 3x3) (Lavin and Gray, "Fast Algorithms
// for Convolutional Neural Networks", 2016, sec. 4.1): of each 4 x 4 tile of the input d and filter
// g, 2 x 2 outputs
//   Y = A' [(G g G') o (B' d B)] A
// take 16 products instead of 36. Over all tiles and channels each of the 16 is a matrix product.
namespace p2s::cpu {

// Whether a layer can be computed so, whatever its images: 3 x 3, stride 1, wide.
bool winograd_fits(const Conv2d& c);
// Whether that is faster than convolve(): over enough tiles.
bool winograd_pays(const Conv2d& c);

// G g G' of filters [K,3,3,C].
class WinogradFilters {
 public:
  // forward: weights [C,K]; turned: the filters turned around, [K,C], for the gradient of x.
  enum class Use { forward, turned };
  WinogradFilters(int64_t filters, int64_t channels, const real* w, Use use);
  const Panels& at(int64_t place) const { return weights_[size_t(place)]; }

 private:
  std::deque<Panels> weights_;  // of the 16 places
};

// y as of convolve()
void convolve_winograd(const Conv2d& c, const real* x, const WinogradFilters& filters,
                       const Finish& finish, real* y);
// dw [K,3,3,C] (+)= the gradient of the filters
void winograd_filter_gradient(const Conv2d& c, const real* x, const real* dy, real* dw,
                              bool accumulate);

}  // namespace p2s::cpu

#pragma once

#include "kernels/cpu/panels.h"

// Convolutions as products of what the filters cover, without a copy of every patch.
namespace p2s::cpu {

// filters [RSC,K]: groups of 1
void convolve(const Conv2d& c, const real* x, const Panels& filters, const Finish& finish, real* y);

// Of a layer with as many groups and filters as channels: w [C,R,S] as [C / lanes, R, S, lanes],
// with zeros past the last channel.
class DepthwiseFilters {
 public:
  DepthwiseFilters(int64_t channels, int64_t taps, const real* w);
  // Of a vector of channels from `channel` on.
  const real* of(int64_t channel) const;

 private:
  int64_t taps_;
  Scratch numbers_;
};
void convolve_depthwise(const Conv2d& c, const real* x, const DepthwiseFilters& filters,
                        const Finish& finish, real* y);

// dw [K,RSC] (+)= the gradient of convolve's filters
void filter_gradient(const Conv2d& c, const real* x, const real* dy, real* dw, bool accumulate);

}  // namespace p2s::cpu

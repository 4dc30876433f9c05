#include <algorithm>
#include <optional>
#include <vector>

#include "kernels/cpu/convolve.h"
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/patches.h"
#include "kernels/cpu/winograd.h"

namespace p2s::cpu {
namespace {

// Filters of groups as filters of all channels, zeros where a group has none: no network here has
// such layers, so they need not be fast.
std::vector<real> over_all_channels(const Conv2d& c, const real* w) {
  const int64_t taps = c.kernel_height * c.kernel_width, depth = c.channels / c.groups;
  std::vector<real> whole(size_t(c.filters * taps * c.channels));
  for (int64_t i = 0; i < c.filters * taps; ++i) {
    const int64_t group = i / taps / (c.filters / c.groups);
    std::copy_n(w + i * depth, depth, whole.data() + i * c.channels + group * depth);
  }
  return whole;
}

// For each way that may be taken: panels or minimal filtering, the image decides.
struct Packed {
  Packed(const Conv2d& c, const real* w) {
    if (c.depthwise()) {
      depthwise.emplace(c.channels, patch_size(c), w);
      return;
    }
    panels.emplace(true, patch_size(c), c.filters, w, patch_size(c));
    if (winograd_fits(c)) {
      winograd.emplace(c.filters, c.channels, w, WinogradFilters::Use::forward);
    }
  }
  std::optional<DepthwiseFilters> depthwise;
  std::optional<Panels> panels;
  std::optional<WinogradFilters> winograd;
};

}  // namespace

void conv2d(const Conv2d& c, const real* x, const real* w, const real* bias, const real* residual,
            Activation activation, real* y) {
  const Finish finish{bias, residual, 1, activation};
  if (c.depthwise()) {
    const DepthwiseFilters filters(c.channels, patch_size(c), w);
    return convolve_depthwise(c, x, filters, finish, y);
  }
  if (c.groups > 1) {
    Conv2d whole = c;
    whole.groups = 1;
    return conv2d(whole, x, over_all_channels(c, w).data(), bias, residual, activation, y);
  }
  if (winograd_pays(c)) {
    const WinogradFilters filters(c.filters, c.channels, w, WinogradFilters::Use::forward);
    return convolve_winograd(c, x, filters, finish, y);
  }
  convolve(c, x, Panels(true, patch_size(c), c.filters, w, patch_size(c)), finish, y);
}

PackedConvolution* pack_convolution(const Conv2d& c, const real* w) {
  return reinterpret_cast<PackedConvolution*>(new Packed(c, w));
}

void free_packed_convolution(PackedConvolution* packed) {
  delete reinterpret_cast<Packed*>(packed);
}

void conv2d_packed(const Conv2d& c, const real* x, const PackedConvolution* w, const real* bias,
                   const real* residual, Activation activation, real* y) {
  const auto& packed = *reinterpret_cast<const Packed*>(w);
  const Finish finish{bias, residual, 1, activation};
  if (packed.depthwise) return convolve_depthwise(c, x, *packed.depthwise, finish, y);
  if (packed.winograd && winograd_pays(c)) {
    return convolve_winograd(c, x, *packed.winograd, finish, y);
  }
  convolve(c, x, *packed.panels, finish, y);
}

}  // namespace p2s::cpu

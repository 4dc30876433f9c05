#include "models/convnet_bands.h"

#include <algorithm>

#include "nn/base/parallel.h"

namespace p2s {
namespace {

struct Rows {
  int64_t begin, end;
  int64_t count() const { return end - begin; }
};

// The layer's convolutions of one whole image.
std::vector<Conv2d> convolutions(const ConvNet::Layer& layer, const Shape& x) {
  std::vector<Conv2d> all;
  int64_t height = x[1], width = x[2], channels = x[3];
  for (const ConvNet::Conv& conv : layer.convs) {
    const Shape& filters = conv.packed->shape();
    const ConvOptions& o = conv.options;
    all.push_back({1, height, width, channels, filters[0], filters[1], filters[2], o.stride,
                   o.pad_top, o.pad_bottom, o.pad_left, o.pad_right, o.groups});
    height = all.back().out_height(), width = all.back().out_width(), channels = filters[0];
  }
  return all;
}

// The rows that output rows need, and the convolution of only those.
Rows needed(const Conv2d& whole, Rows out) {
  const int64_t first = out.begin * whole.stride - whole.pad_top;
  const int64_t last = (out.end - 1) * whole.stride - whole.pad_top + whole.kernel_height;
  return {std::max<int64_t>(0, first), std::min(whole.height, last)};
}

Conv2d of_rows(const Conv2d& whole, Rows out) {
  Conv2d c = whole;
  const Rows in = needed(whole, out);
  const int64_t first = out.begin * whole.stride - whole.pad_top;
  c.height = in.count();
  c.pad_top = in.begin - first;
  c.pad_bottom = (out.count() - 1) * whole.stride + whole.kernel_height - c.pad_top - c.height;
  return c;
}

// Numbers of the largest map between two convolutions, of so many rows of output.
int64_t numbers_between(const std::vector<Conv2d>& convs, int64_t rows) {
  int64_t most = 0;
  for (size_t i = convs.size() - 1; i > 0; --i) {
    const Conv2d& c = convs[i];
    rows = std::min(c.height, (rows - 1) * c.stride + c.kernel_height);
    most = std::max(most, rows * c.width * c.channels);
  }
  return most;
}

}  // namespace

int64_t band_rows(const ConvNet::Layer& layer, const Shape& x) {
  constexpr int64_t kNumbers = 192 << 10;  // of a map that stays in a thread's second cache
  const bool depthwise = std::any_of(layer.convs.begin(), layer.convs.end(),
                                     [](const auto& conv) { return conv.options.groups > 1; });
  if (!depthwise || layer.convs.size() < 2 || !layer.shortcut.empty()) return 0;
  if (x[0] < threads()) return 0;  // no faster: rows at the bands' edges are computed twice
  const std::vector<Conv2d> convs = convolutions(layer, x);
  int64_t rows = convs.back().out_height();
  if (numbers_between(convs, rows) * x[0] <= kNumbers * threads()) return 0;
  while (rows > 1 && numbers_between(convs, rows) > kNumbers) --rows;
  return rows;
}

Tensor run_in_bands(const ConvNet::Layer& layer, const Tensor& x, int64_t rows) {
  const std::vector<Conv2d> convs = convolutions(layer, x.shape());
  const Conv2d &first = convs.front(), &last = convs.back();
  const int64_t height = last.out_height(), row = last.out_width() * last.filters;
  const int64_t bands = (height + rows - 1) / rows;
  const Tensor y({x.shape()[0], height, last.out_width(), last.filters}, x.device());

  const auto run_band = [&](const real* image, Rows out, real* to, real* between[2]) {
    std::vector<Rows> of(convs.size());  // output rows of each
    of.back() = out;
    for (size_t i = convs.size() - 1; i > 0; --i) of[i - 1] = needed(convs[i], of[i]);
    const real* from = image + needed(first, of[0]).begin * first.width * first.channels;
    for (size_t i = 0; i < convs.size(); ++i) {
      const ConvNet::Conv& conv = layer.convs[i];
      const bool ends = i + 1 == convs.size();
      real* const made = ends ? to : between[i % 2];
      const real* residual = ends && layer.residual ? image + out.begin * row : nullptr;
      conv.packed->convolve(of_rows(convs[i], of[i]), from, conv.bias.value.data(), residual,
                            conv.options.activation, made);
      from = made;
    }
  };
  parallel_for(x.shape()[0] * bands, 1, [&](int64_t begin, int64_t end) {
    const Tensor maps({2, numbers_between(convs, rows)}, x.device());
    real* between[2] = {maps.data(), maps.data() + maps.shape()[1]};
    for (int64_t i = begin; i < end; ++i) {
      const int64_t image = i / bands, band = i % bands;
      const Rows out{height * band / bands, height * (band + 1) / bands};
      run_band(x.data() + image * first.height * first.width * first.channels, out,
               y.data() + (image * height + out.begin) * row, between);
    }
  });
  return y;
}

}  // namespace p2s

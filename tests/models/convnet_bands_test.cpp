#include "models/convnet_bands.h"

#include <doctest/doctest.h>

#include "nn/base/parallel.h"
#include "tests/models/made_up_numbers.h"

namespace p2s::test {
namespace {

Tensor made_up(const Shape& shape, uint32_t start) {
  return Tensor(shape, Device::cpu, weyl(shape.elements(), start));
}

// 1x1 to 20 channels, `kernel` depthwise, 1x1 to as many channels as x has.
ConvNet::Layer bottleneck(int64_t channels, int64_t kernel, int64_t stride) {
  ConvNet::Layer layer;
  layer.residual = stride == 1;
  uint32_t seed = 1;
  const auto add = [&](const Shape& filters, const ConvOptions& options) {
    ConvNet::Conv conv;
    conv.weight = made_up(filters, seed++);
    conv.bias = made_up({filters[0]}, seed++);
    conv.options = options;
    conv.packed =
        std::make_shared<const PackedFilters>(conv.weight.value, options.stride, options.groups);
    layer.convs.push_back(conv);
  };
  const int64_t wide = 20, pad = kernel / 2, before = stride == 1 ? pad : pad - 1;
  add({wide, 1, 1, channels}, {.activation = Activation::relu6});
  add({wide, kernel, kernel, 1}, {.stride = stride,
                                  .pad_top = before,
                                  .pad_bottom = pad,
                                  .pad_left = before,
                                  .pad_right = pad,
                                  .groups = wide,
                                  .activation = Activation::relu6});
  add({channels, 1, 1, wide}, {});
  return layer;
}

}  // namespace

TEST_CASE("a layer in bands of rows is the same as whole, to the bit") {
  for (const int64_t kernel : {3, 5}) {
    for (const int64_t stride : {1, 2}) {
      const ConvNet::Layer layer = bottleneck(6, kernel, stride);
      const Tensor x = made_up({3, 13, 12, 6}, 9);
      Tape tape(Device::cpu);
      Var y = x;
      for (const ConvNet::Conv& conv : layer.convs) {
        const bool last = &conv == &layer.convs.back();
        y = conv2d(tape, y, *conv.packed, conv.bias, conv.options,
                   last && layer.residual ? Var(x) : Var());
      }
      for (const int64_t rows : {1, 2, 5, 13}) {
        CAPTURE(kernel);
        CAPTURE(stride);
        CAPTURE(rows);
        const Tensor banded = run_in_bands(layer, x, rows);
        CHECK(banded.shape() == y.shape());
        CHECK(banded.to_host() == y.value.to_host());
      }
    }
  }
}

TEST_CASE("bands are for maps that are large, between convolutions of single channels") {
  const ConvNet::Layer layer = bottleneck(6, 3, 1);
  const int64_t images = threads();
  CHECK(band_rows(layer, {images, 13, 12, 6}) == 0);
  const int64_t rows = band_rows(layer, {images, 1000, 300, 6});
  CHECK(rows > 1);
  CHECK(rows < 100);
  ConvNet::Layer plain = layer;
  plain.convs.erase(plain.convs.begin() + 1);
  CHECK(band_rows(plain, {images, 1000, 300, 6}) == 0);
}

}  // namespace p2s::test

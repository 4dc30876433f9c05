#include "features/layer_inputs.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"
#include "tests/train/tiny_data.h"

using namespace p2s;
using namespace p2s::test;

namespace {

// A photograph that looks different from every side.
fs::path photograph(const TemporaryFolder& folder, int tilt) {
  Image image{40, 30, {}};
  for (int64_t y = 0; y < image.height; ++y) {
    for (int64_t x = 0; x < image.width; ++x) {
      for (int64_t value : {x * 6, y * 8, (x * tilt + y) % 256}) {
        image.pixels.push_back(uint8_t(value));
      }
    }
  }
  const fs::path path = folder / ("photo" + std::to_string(tilt) + ".png");
  write_png(path, image);
  return path;
}

ConvNet tiny_convnet(const TemporaryFolder& folder) {
  write_tiny_convnet(folder / "convnet.h5");
  return read_convnet(ModelFileReader(folder / "convnet.h5"), Device::cpu);
}

double difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  const std::vector<real> x = a.to_host(), y = b.to_host();
  double largest = 0, apart = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    largest = std::max(largest, std::abs(double(x[i])));
    apart = std::max(apart, std::abs(double(x[i]) - double(y[i])));
  }
  return apart / largest;
}

}  // namespace

TEST_CASE("what is kept of layers is what they make, but for half precision") {
  const TemporaryFolder folder;
  const ConvNet net = tiny_convnet(folder);
  const size_t layers = net.layer_index("block12");
  const std::vector<PhotoView> views = {
      {photograph(folder, 1), {}}, {photograph(folder, 1), 7}, {photograph(folder, 2), 7}};
  const Tensor made = layer_inputs(net, layers, views);
  CHECK(made.shape() == Shape({3, 7, 7, 192}));
  const KeptLayerInputs kept(net, layers, views);
  CHECK(kept.count() == 3);
  CHECK(difference(kept.at({0, 1, 2}), made) < 1e-3);
  CHECK(difference(kept.at({2}), made.rows(2, 3)) < 1e-3);
  // The rest of the network goes on from there.
  Tape tape(Device::cpu);
  const Tensor whole = net(tape, layer_inputs(net, 0, views)).value;
  CHECK(difference(net.features(tape, made, layers).value, whole) < 1e-5);
}

TEST_CASE("a view is the photograph as it is, or what its key draws") {
  const TemporaryFolder folder;
  const ConvNet net = tiny_convnet(folder);
  const fs::path path = photograph(folder, 3);
  const Tensor views = layer_inputs(net, 0, {{path, {}}, {path, 1}, {path, 1}, {path, 2}});
  CHECK(difference(views.rows(1, 2), views.rows(2, 3)) == 0);
  CHECK(difference(views.rows(0, 1), views.rows(1, 2)) > 0.01);
  CHECK(difference(views.rows(1, 2), views.rows(3, 4)) > 0.01);
  CHECK(contains(thrown_message(ErrorCode::io,
                                [&] {
                                  layer_inputs(net, 0, {{path, {}}, {"gone.jpg", {}}});
                                }),
                 "gone.jpg"));
}

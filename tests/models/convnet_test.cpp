#include "models/convnet.h"

#include <doctest/doctest.h>

#include <cmath>

#include "nn/optim.h"
#include "tests/models/made_up_numbers.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

ConvNet lite0(Device device, ConvNet::Parts parts = {}) {
  return {*find_convnet_architecture("efficientnet-lite0"), device, parts};
}

// Convolution n: weights of sequence 2n with He's spread, biases of 2n + 1 within 0.1.
void fill(ConvNet& net) {
  uint32_t sequence = 0;
  for (const NamedParameter& p : parameters_of(net)) {
    const Shape& shape = p.var.shape();
    std::vector<real> values = weyl(shape.elements(), sequence++);
    const bool weight = shape.rank() == 4;
    const real scale =
        weight ? std::sqrt(real(6) / real(shape[1] * shape[2] * shape[3])) : real(0.1);
    for (real& value : values) value *= scale;
    p.var.value.copy_from(Tensor(shape, p.var.value.device(), values));
  }
}

}  // namespace

TEST_CASE("EfficientNet-Lite0 agrees with PyTorch's package on made-up weights and pixels") {
  ConvNet net = lite0(Device::cpu);
  fill(net);
  Tape tape(Device::cpu);
  const Tensor images({1, 224, 224, 3}, Device::cpu, weyl(224 * 224 * 3, 1000));
  const Var features = net(tape, images);
  REQUIRE(features.shape() == Shape({1, 1280}));
  const std::vector<real> y = features.value.to_host();
  // From bench/check_convnet.py --made-up, in double precision.
  const std::pair<size_t, double> expected[] = {{0, 1.08259},     {1, 0.291633},  {2, 0},
                                                {3, 0.0460532},   {500, 0},       {777, 0.732795},
                                                {1278, 0.638852}, {1279, 1.20808}};
  for (const auto& [i, value] : expected) CHECK(std::abs(double(y[i]) - value) < 1e-4);
  double sum = 0;
  for (const real value : y) sum += double(value);
  CHECK(std::abs(sum - 456.55542) < 1e-2);
}

TEST_CASE("five images at once give what each gives alone") {
  ConvNet net = lite0(Device::cpu);
  fill(net);
  Tape tape(Device::cpu);
  const Tensor images({5, 224, 224, 3}, Device::cpu, weyl(5 * 224 * 224 * 3, 1000));
  const std::vector<real> together = net(tape, images).value.to_host();
  for (int64_t i = 0; i < 5; ++i) {
    const std::vector<real> alone = net(tape, images.rows(i, i + 1)).value.to_host();
    for (size_t k = 0; k < alone.size(); ++k) {
      REQUIRE(std::abs(together[size_t(i) * alone.size() + k] - alone[k]) < real(1e-4));
    }
  }
}

TEST_CASE("images of another size are refused") {
  Rng rng(1);
  const ConvNet net(*find_convnet_architecture("efficientnet-lite0"), Device::ref, rng);
  Tape tape(Device::ref);
  const std::string message = thrown_message(ErrorCode::shape, [&] {
    net(tape, Tensor({2, 224, 200, 3}, Device::ref, real(0)));
  });
  CHECK(contains(message, "[2,224,200,3], [N,224,224,3] is needed"));
}

TEST_CASE("a model file without a convnet, or with an unknown one, is refused") {
  const TemporaryFolder folder;
  const auto refused = [&](const char* kind) {
    ModelFileWriter file(folder / "other.h5");
    file.attribute(kind, "alexnet");
    file.finish();
    return thrown_message(ErrorCode::format,
                          [&] { read_convnet(ModelFileReader(folder / "other.h5"), Device::ref); });
  };
  CHECK(contains(refused("something"), "other.h5: holds no convnet"));
  CHECK(contains(refused("convnet"), "\"alexnet\"; known are vgg-16, vgg-19, resnet-18"));
}

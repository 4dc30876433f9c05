#include <doctest/doctest.h>

#include <cmath>

#include "models/convnet.h"
#include "nn/init.h"
#include "nn/optim.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

constexpr Device kDevice = Device::cpu;

// A network of the table's parts that is small enough to train in a test.
const ConvNetArchitecture& tiny() {
  using Unit = ConvNetStage::Unit;
  static const ConvNetArchitecture architecture{
      .name = "resnet-18",  // train_from() asks the table whether it has norms
      .input = 12,
      .stages = {{.name = "conv1", .stride = 2, .filters = 4},
                 {.name = "conv2_{}", .unit = Unit::basic, .stride = 2, .filters = 6, .repeats = 2},
                 {.name = "conv3_{}",
                  .unit = Unit::inverted,
                  .filters = 6,
                  .expansion = 2,
                  .activation = Activation::relu6},
                 {.name = "pool", .unit = Unit::average_pool},
                 {.name = "fc", .unit = Unit::dense, .filters = 3, .activation = Activation::none}},
      .features = "pool"};
  return architecture;
}

// Norms that do something.
ConvNet made_up() {
  Rng rng(7);
  ConvNet net(tiny(), kDevice, rng);
  for (const NamedParameter& p : parameters_of(net)) {
    if (p.var.shape().rank() != 1) continue;
    const bool variance = p.name.ends_with("variance") || p.name.ends_with("gain");
    const Tensor noise = uniform(p.var.shape(), kDevice, rng, real(0.3)).value;
    std::vector<real> values = noise.to_host();
    for (real& value : values) value += variance ? 1 : 0;
    p.var.value.copy_from(Tensor(p.var.shape(), kDevice, values));
  }
  return net;
}

Tensor images(int64_t count = 3) {
  Rng rng(9);
  return normal({count, 12, 12, 3}, kDevice, rng, 1).value;
}

std::vector<real> output(const ConvNet& net, Tape::Mode mode = Tape::Mode::inference) {
  Tape tape(kDevice, mode, 1);
  return net(tape, images()).value.to_host();
}

double largest_difference(const std::vector<real>& a, const std::vector<real>& b) {
  double largest = 0;
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(double(a[i] - b[i])));
  return largest;
}

// One step of gradient descent on the classes; the loss before it.
double train_step(ConvNet& net, Optimizer& optimizer) {
  Tape tape(kDevice, Tape::Mode::training, 1);
  const Var logits = reshape(tape, net.layer(tape, images(), "fc"), {3, 3});
  const std::vector<int32_t> classes{0, 1, 2};
  const Var loss = softmax_cross_entropy(tape, logits, Ids({3}, kDevice, classes), {});
  clear_gradients(optimizer.parameters());
  tape.backward(loss);
  optimizer.step(0.01);
  return double(loss.value.item());
}

}  // namespace

TEST_CASE("a network with its batch norms folded computes the same") {
  ConvNet net = made_up();
  const std::vector<real> before = output(net);
  net.fold(0, 2);
  CHECK(largest_difference(output(net), before) < 1e-5);
  net.fold();
  CHECK(largest_difference(output(net), before) < 1e-5);
  CHECK(parameters_of(net).back().name == "fc.bias");
}

TEST_CASE("layers run one part after the other as they run at once") {
  const ConvNet net = made_up();
  Tape tape(kDevice);
  const size_t middle = net.layer_index("conv2_2");
  const Var below = net.run(tape, images(), 0, middle);
  CHECK(net.features(tape, below, middle).value.to_host() == output(net));
  CHECK(net.layer(tape, images(), "conv2_1").value.to_host() == below.value.to_host());
  CHECK(contains(thrown_message(ErrorCode::shape, [&] { net.features(tape, images(), 2); }),
                 "inputs are [3,12,12,3], [N,3,3,6] is needed"));
}

TEST_CASE("pixels reach the network in its own scale") {
  ConvNet net = made_up();
  net.set_pixels({{127, 127, 127}, {128, 128, 128}});
  const std::vector<real> plain = output(net);
  net.set_pixels({{100, 120, 127}, {64, 50, 128}});
  std::vector<real> scaled = images().to_host();
  const double mean[] = {100, 120, 127}, deviation[] = {64, 50, 128};
  for (size_t i = 0; i < scaled.size(); ++i) {
    scaled[i] = real((double(scaled[i]) * deviation[i % 3] + mean[i % 3] - 127) / 128);
  }
  Tape tape(kDevice);
  const Var y = net(tape, Tensor({3, 12, 12, 3}, kDevice, scaled));
  CHECK(largest_difference(y.value.to_host(), plain) < 1e-5);
}

TEST_CASE("training from a layer moves it and what follows, and nothing before") {
  for (const bool frozen : {false, true}) {
    ConvNet net = made_up();
    net.train_from("conv2_2", frozen);
    const std::vector<NamedParameter> trained = net.trained();
    CHECK(trained.front().name == "conv2_2.conv0.weight");
    CHECK(trained.size() == size_t(frozen ? 12 : 17));
    std::vector<std::vector<real>> before;
    for (const NamedParameter& p : parameters_of(net)) before.push_back(p.var.value.to_host());
    Optimizer optimizer(trained, {});
    const double first = train_step(net, optimizer);
    double last = first;
    for (int step = 0; step < 10; ++step) last = train_step(net, optimizer);
    CHECK(last < 0.8 * first);
    const auto after = parameters_of(net);
    for (size_t i = 0; i < after.size(); ++i) {
      const bool below = after[i].name.starts_with("conv1") || after[i].name.starts_with("conv2_1");
      CHECK_MESSAGE((after[i].var.value.to_host() == before[i]) == below, after[i].name);
    }
  }
}

TEST_CASE("frozen batch norms normalise alike in training and inference, others by the batch") {
  ConvNet frozen = made_up(), moving = made_up();
  frozen.train_from("conv1", true);
  moving.train_from("conv1", false);
  CHECK(output(frozen, Tape::Mode::training) == output(frozen));
  CHECK(largest_difference(output(moving, Tape::Mode::training), output(moving)) > 1e-2);
}

TEST_CASE("norms that were folded cannot be trained") {
  ConvNet net = made_up();
  net.fold();
  CHECK(contains(thrown_message(ErrorCode::usage, [&] { net.train_from("conv2_2", false); }),
                 "the batch norms of conv2_2 are folded"));
  net.train_from("conv2_2", true);
}

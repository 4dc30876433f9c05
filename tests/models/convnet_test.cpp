#include "models/convnet.h"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <map>

#include "models/convnet_import.h"
#include "nn/optim.h"
#include "tests/models/torch_file.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

// Numbers in [-1, 1) that any language makes alike: Weyl's sequence of 32 bits, its upper 24.
std::vector<real> weyl(int64_t count, uint32_t start) {
  std::vector<real> values;
  for (uint32_t i = 0; i < uint32_t(count); ++i) {
    values.push_back(real((i * 2654435761u + start * 40503u) >> 8) / real(1 << 24) * 2 - 1);
  }
  return values;
}

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

std::string torch_name(const std::string& conv) { return conv + ".weight"; }

// A state dict of the whole network with made-up weights, by the names PyTorch's package gives.
class TorchNet {
 public:
  TorchNet() {
    ConvNet net = lite0(Device::ref, {true, true});
    net.for_each_conv([&](const std::string& path, const ConvNet::Conv& conv) {
      if (path == "stem") return layer("_conv_stem", "_bn0", conv);
      if (path == "head") return layer("_conv_head", "_bn1", conv);
      if (path == "classifier") return layer("_fc", "", conv);
      const size_t dot = path.find('.');
      const std::string block = path.substr(5, dot - 5), at = "_blocks." + block + ".";
      const int place = path.back() - '0' + (block == "0" ? 1 : 0);
      const char* convs[] = {"_expand_conv", "_depthwise_conv", "_project_conv"};
      layer(at + convs[place], at + "_bn" + std::to_string(place), conv);
    });
  }
  std::vector<std::pair<std::string, std::string>> members;
  std::vector<TorchStorage> storages;
  std::string file() const { return legacy_file(pickle_dict(members), storages); }

 private:
  void layer(const std::string& conv, const std::string& norm, const ConvNet::Conv& made) {
    const Shape& s = made.weight.shape();
    if (norm.empty()) {
      tensor(torch_name(conv), {s[0], s[3]}, 0);
      return tensor(conv + ".bias", {s[0]}, 0);
    }
    tensor(torch_name(conv), {s[0], s[3], s[1], s[2]}, 0);
    tensor(norm + ".weight", {s[0]}, 0);
    tensor(norm + ".bias", {s[0]}, 0);
    tensor(norm + ".running_mean", {s[0]}, 0);
    tensor(norm + ".running_var", {s[0]}, 2);
  }
  void tensor(const std::string& name, const std::vector<int64_t>& shape, float above) {
    int64_t count = 1;
    std::vector<int64_t> strides(shape.size());
    for (size_t d = shape.size(); d-- > 0; count *= shape[d]) strides[d] = count;
    const auto numbers = weyl(count, uint32_t(storages.size()));
    std::vector<float> values(numbers.begin(), numbers.end());
    for (float& value : values) value += above;
    storages.push_back(floats(std::to_string(storages.size()), values));
    members.emplace_back(name, pickle_tensor(storages.back(), 0, shape, strides));
  }
};

void same_parameters(ConvNet& a, ConvNet& b) {
  const auto before = parameters_of(a), after = parameters_of(b);
  REQUIRE(before.size() == after.size());
  for (size_t i = 0; i < before.size(); ++i) {
    CHECK(before[i].name == after[i].name);
    CHECK(before[i].var.value.to_host() == after[i].var.value.to_host());
  }
}

fs::path write(const TemporaryFolder& folder, const std::string& bytes) {
  std::ofstream(folder / "net.pth", std::ios::binary) << bytes;
  return folder / "net.pth";
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

TEST_CASE("images of another size are refused") {
  Rng rng(1);
  const ConvNet net(*find_convnet_architecture("efficientnet-lite0"), Device::ref, rng);
  Tape tape(Device::ref);
  const std::string message = thrown_message(ErrorCode::shape, [&] {
    net(tape, Tensor({2, 224, 200, 3}, Device::ref, real(0)));
  });
  CHECK(contains(message, "[2,224,200,3], [N,224,224,3] is needed"));
}

TEST_CASE("a batch norm is folded into its convolution, OIHW becomes OHWI") {
  const TemporaryFolder folder;
  const TorchWeights weights(write(folder, TorchNet().file()));
  ConvNet net = convnet_from_torch(weights, Device::ref);
  net.fold();
  std::map<std::string, ConvNet::Conv> convs;
  net.for_each_conv([&](const std::string& path, ConvNet::Conv& conv) { convs[path] = conv; });
  const auto folded = [&](const ConvNet::Conv& to, const std::string& conv, const std::string& norm,
                          int64_t k, int64_t r, int64_t s, int64_t c) {
    const Shape& shape = to.weight.shape();
    const int64_t height = shape[1], width = shape[2], channels = shape[3];
    const double scale = weights.values(norm + ".weight")[size_t(k)] /
                         std::sqrt(weights.values(norm + ".running_var")[size_t(k)] + 1e-3);
    const size_t from = size_t(((k * channels + c) * height + r) * width + s);
    const size_t at = size_t(((k * height + r) * width + s) * channels + c);
    CHECK(to.weight.value.to_host()[at] ==
          doctest::Approx(weights.values(torch_name(conv))[from] * scale).epsilon(1e-6));
    CHECK(to.bias.value.to_host()[size_t(k)] ==
          doctest::Approx(weights.values(norm + ".bias")[size_t(k)] -
                          weights.values(norm + ".running_mean")[size_t(k)] * scale)
              .epsilon(1e-6));
  };
  folded(convs["stem"], "_conv_stem", "_bn0", 5, 2, 1, 0);
  folded(convs["block0.conv0"], "_blocks.0._depthwise_conv", "_blocks.0._bn1", 31, 0, 2, 0);
  folded(convs["block3.conv0"], "_blocks.3._expand_conv", "_blocks.3._bn0", 100, 0, 0, 7);
  folded(convs["block3.conv1"], "_blocks.3._depthwise_conv", "_blocks.3._bn1", 9, 4, 3, 0);
  folded(convs["block15.conv2"], "_blocks.15._project_conv", "_blocks.15._bn2", 319, 0, 0, 1151);
  folded(convs["head"], "_conv_head", "_bn1", 1279, 0, 0, 3);
}

TEST_CASE("an import that lacks a tensor or has it in another shape names it") {
  const TemporaryFolder folder;
  TorchNet net;
  const auto refused = [&] {
    write(folder, net.file());
    return thrown_message(ErrorCode::format,
                          [&] { import_convnet(folder / "net.pth", folder / "net.h5"); });
  };
  for (auto& [name, value] : net.members) {
    if (name == "_blocks.2._bn1.bias") name = "_blocks.2._bn1.bia";
  }
  CHECK(contains(refused(), "no tensor \"_blocks.2._bn1.bias\""));
  net = TorchNet();
  net.members[0].second = pickle_tensor(net.storages[0], 0, {16, 3, 3, 3}, {27, 9, 3, 1});
  CHECK(
      contains(refused(), "_conv_stem.weight is [16,3,3,3], EfficientNet-Lite0 needs [32,3,3,3]"));
  CHECK(folder.files() == 1);
}

TEST_CASE("an imported network is written, and read back to the same features") {
  const TemporaryFolder folder;
  import_convnet(write(folder, TorchNet().file()), folder / "net.h5");
  ConvNet net = convnet_from_torch(TorchWeights(folder / "net.pth"), Device::ref);
  const ModelFileReader file(folder / "net.h5");
  ConvNet stored = read_trainable_convnet(file, Device::ref);
  same_parameters(net, stored);
  net.fold();
  ConvNet folded = read_convnet(file, Device::ref);
  same_parameters(net, folded);
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

#include "models/convnet_import.h"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <map>

#include "models/convnet_names.h"
#include "nn/optim.h"
#include "tests/models/made_up_numbers.h"
#include "tests/models/tensor_bytes.h"
#include "tests/models/torch_file.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

ConvNet lite0(Device device, ConvNet::Parts parts = {}) {
  return {*find_convnet_architecture("efficientnet-lite0"), device, parts};
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

// The names of a network's tensors in a file of another program, by layer.
std::map<std::string, std::vector<std::string>> names_in_file(const std::string& name,
                                                              const std::string& title) {
  const ConvNetArchitecture& architecture = *find_convnet_architecture(name);
  ConvNet net(architecture, Device::ref, {architecture.batch_norm, true});
  std::map<std::string, std::vector<std::string>> names;
  for (const ConvNetNaming& naming : convnet_namings()) {
    if (naming.title != title || !architecture.name.starts_with(naming.family)) continue;
    for (const ImportedTensor& tensor : imported_tensors(net, architecture, naming)) {
      names[tensor.layer].push_back(tensor.name);
    }
  }
  return names;
}

std::string first_name(const std::string& network, const std::string& title,
                       const std::string& layer) {
  return names_in_file(network, title)[layer].at(0);
}

// A network of ResNet's parts, small enough to be written whole.
const ConvNetArchitecture& small_resnet() {
  using Unit = ConvNetStage::Unit;
  static const ConvNetArchitecture architecture{
      .name = "resnet-50-v1",
      .input = 8,
      .stride_first = true,
      .stages = {{.name = "conv1", .stride = 2, .filters = 3},
                 {.name = "conv2_{}",
                  .unit = Unit::bottleneck,
                  .stride = 2,
                  .filters = 2,
                  .repeats = 2,
                  .expansion = 4},
                 {.name = "pool", .unit = Unit::average_pool},
                 {.name = "fc", .unit = Unit::dense, .filters = 5, .activation = Activation::none}},
      .features = "pool"};
  return architecture;
}

// The tensors of a network as Keras stores them, with made-up numbers; "layer/layer/kernel:0".
std::vector<MadeTensor> keras_tensors() {
  ConvNet net(small_resnet(), Device::ref, {true, true});
  std::vector<MadeTensor> made;
  const auto add = [&](const std::string& canonical, const std::vector<int64_t>& shape) {
    int64_t count = 1;
    for (const int64_t size : shape) count *= size;
    std::vector<float> values;
    for (const real value : weyl(count, uint32_t(made.size()))) values.push_back(float(value));
    const bool variance = canonical.ends_with("variance");
    for (float& value : values) value += variance ? 2.0f : 0.0f;
    const std::string layer = canonical.substr(0, canonical.find('/'));
    made.push_back({"model_weights/" + layer + "/" + canonical + ":0", shape, values});
  };
  for (const ImportedTensor& tensor :
       imported_tensors(net, small_resnet(), convnet_namings().back())) {
    add(tensor.name, tensor.shape);
    const bool convolution = tensor.layout == ImportedTensor::Layout::convolution;
    if (convolution) add(tensor.name.substr(0, tensor.name.find('/')) + "/bias", {tensor.shape[3]});
  }
  return made;
}

}  // namespace

TEST_CASE("a batch norm is folded into its convolution, OIHW becomes OHWI") {
  const TemporaryFolder folder;
  const TensorFile weights(write(folder, TorchNet().file()));
  ConvNet net = convnet_from_tensors(weights, Device::ref);
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
  CHECK(contains(refused(),
                 "net.pth: no tensor \"_blocks.2._bn1.bias\", which layer block2 of "
                 "efficientnet-lite0 (efficientnet-lite-pytorch) needs"));
  net = TorchNet();
  net.members[0].second = pickle_tensor(net.storages[0], 0, {16, 3, 3, 3}, {27, 9, 3, 1});
  CHECK(contains(refused(),
                 "_conv_stem.weight is [16,3,3,3], layer stem of efficientnet-lite0 "
                 "(efficientnet-lite-pytorch) needs [32,3,3,3]"));
  CHECK(folder.files() == 1);
}

TEST_CASE("an imported network is written, and read back to the same features") {
  const TemporaryFolder folder;
  import_convnet(write(folder, TorchNet().file()), folder / "net.h5");
  ConvNet net = convnet_from_tensors(TensorFile(folder / "net.pth"), Device::ref);
  const ModelFileReader file(folder / "net.h5");
  ConvNet stored = read_trainable_convnet(file, Device::ref);
  same_parameters(net, stored);
  net.fold();
  ConvNet folded = read_convnet(file, Device::ref);
  same_parameters(net, folded);
}

TEST_CASE("tensors are called what torchvision, timm and Keras call them") {
  CHECK(first_name("vgg-16", "torchvision", "conv1_1") == "features.0.weight");
  CHECK(first_name("vgg-16", "torchvision", "conv5_3") == "features.28.weight");
  CHECK(first_name("vgg-19", "torchvision", "conv3_4") == "features.16.weight");
  CHECK(first_name("vgg-19", "torchvision", "conv5_4") == "features.34.weight");
  CHECK(first_name("vgg-19", "torchvision", "fc7") == "classifier.3.weight");
  CHECK(first_name("vgg-19", "Keras", "conv5_4") == "block5_conv4/kernel");
  CHECK(first_name("vgg-19", "Keras", "fc8") == "predictions/kernel");
  CHECK(first_name("resnet-101", "torchvision", "conv4_23") == "layer3.22.conv1.weight");
  CHECK(names_in_file("resnet-18", "torchvision")["conv3_1"] ==
        std::vector<std::string>{
            "layer2.0.conv1.weight", "layer2.0.bn1.weight", "layer2.0.bn1.bias",
            "layer2.0.bn1.running_mean", "layer2.0.bn1.running_var", "layer2.0.conv2.weight",
            "layer2.0.bn2.weight", "layer2.0.bn2.bias", "layer2.0.bn2.running_mean",
            "layer2.0.bn2.running_var", "layer2.0.downsample.0.weight",
            "layer2.0.downsample.1.weight", "layer2.0.downsample.1.bias",
            "layer2.0.downsample.1.running_mean", "layer2.0.downsample.1.running_var"});
  CHECK(first_name("resnet-152-v1", "Keras", "conv4_36") == "conv4_block36_1_conv/kernel");
  CHECK(names_in_file("resnet-50-v1", "Keras")["conv2_1"].back() ==
        "conv2_block1_0_bn/moving_variance");
  CHECK(first_name("efficientnet-lite0", "timm", "block0") == "blocks.0.0.conv_dw.weight");
  CHECK(first_name("efficientnet-lite0", "timm", "block15") == "blocks.6.0.conv_pw.weight");
  CHECK(names_in_file("efficientnet-lite4", "timm")["block4"][10] == "blocks.1.3.conv_pwl.weight");
  CHECK(first_name("efficientnet-lite4", "efficientnet-lite-pytorch", "block29") ==
        "_blocks.29._expand_conv.weight");
}

TEST_CASE("what wraps a whole network is no part of its tensors' names") {
  CHECK(canonical_name("state_dict.module.layer1.0.bn1.weight") == "layer1.0.bn1.weight");
  CHECK(canonical_name("block1_conv1/block1_conv1_W_1:0") == "block1_conv1/kernel");
  CHECK(canonical_name("fc1/fc1_b_1:0") == "fc1/bias");
  CHECK(canonical_name("model_weights/conv1_bn/conv1_bn/moving_mean:0") == "conv1_bn/moving_mean");
}

TEST_CASE("a network by timm's names is told from its .safetensors") {
  const TemporaryFolder folder;
  ConvNet net = lite0(Device::ref, {true, true});
  std::vector<MadeTensor> made;
  for (const ImportedTensor& tensor : imported_tensors(
           net, *find_convnet_architecture("efficientnet-lite0"), convnet_namings()[3])) {
    std::vector<float> values(size_t(tensor.to.shape().elements()), 0.5f);
    values[0] = float(made.size());
    made.push_back({tensor.name, tensor.shape, values});
  }
  made.pop_back(), made.pop_back();  // without its classifier
  std::ofstream(folder / "net", std::ios::binary) << safetensors_bytes(made);
  ConvNet read = convnet_from_tensors(TensorFile(folder / "net"), Device::ref);
  CHECK(read.name() == "efficientnet-lite0");
  CHECK(!read.has_classifier());
  const auto parameters = parameters_of(read);
  REQUIRE(parameters.size() == made.size());
  for (size_t i = 0; i < made.size(); ++i) {
    CHECK(parameters[i].var.value.to_host()[0] == real(i));
  }
  CHECK(contains(thrown_message(ErrorCode::format,
                                [&] {
                                  convnet_from_tensors(TensorFile(folder / "net"), Device::ref,
                                                       "resnet-50");
                                }),
                 "no tensor \"conv1.weight\", which layer conv1 of resnet-50 (torchvision) needs"));
  CHECK(contains(thrown_message(ErrorCode::usage,
                                [&] {
                                  convnet_from_tensors(TensorFile(folder / "net"), Device::ref,
                                                       "alexnet");
                                }),
                 "--architecture: there is no \"alexnet\"; there are vgg-16"));
}

TEST_CASE("Keras' layout: kernels, biases before norms, blue first, its epsilon and pixels") {
  const TemporaryFolder folder;
  const std::vector<MadeTensor> made = keras_tensors();
  write_hdf5(folder / "net.h5", made);
  const TensorFile file(folder / "net.h5");
  ConvNet net = convnet_from_tensors(file, Device::ref, small_resnet(), convnet_namings().back());
  CHECK(net.pixels().mean[0] == 123.68);
  std::map<std::string, ConvNet::Conv> convs;
  net.for_each_conv([&](const std::string& path, ConvNet::Conv& conv) { convs[path] = conv; });
  const auto stored = [&](const std::string& layer, const std::string& part) {
    return file.values("model_weights/" + layer + "/" + layer + "/" + part + ":0");
  };
  // The first convolution: [3,3,3,3] as HWIO.
  const auto kernel = stored("conv1_conv", "kernel");
  const auto ours = convs["conv1"].weight.value.to_host();
  CHECK(ours[((1 * 3 + 2) * 3 + 0) * 3 + 0] == kernel[((2 * 3 + 0) * 3 + 2) * 3 + 1]);
  CHECK(ours[((2 * 3 + 0) * 3 + 1) * 3 + 2] == kernel[((0 * 3 + 1) * 3 + 0) * 3 + 2]);
  // Another: channels stay, and the bias is in the mean.
  const auto second = stored("conv2_block1_1_conv", "kernel");  // [1,1,3,2]
  CHECK(convs["conv2_1.conv0"].weight.value.to_host()[1 * 3 + 2] == second[2 * 2 + 1]);
  const auto& norm = convs["conv2_1.conv0"].norm;
  CHECK(norm.mean.value.to_host()[1] ==
        stored("conv2_block1_1_bn", "moving_mean")[1] - stored("conv2_block1_1_conv", "bias")[1]);
  CHECK(double(norm.variance.value.to_host()[0]) ==
        doctest::Approx(double(stored("conv2_block1_1_bn", "moving_variance")[0]) + 1e-8));
  CHECK(convs["conv2_1.conv0"].options.stride == 2);
  CHECK(convs["conv2_1.conv1"].options.stride == 1);
  const auto dense = stored("predictions", "kernel");  // [8,5]
  CHECK(convs["fc"].weight.value.to_host()[3 * 8 + 6] == dense[6 * 5 + 3]);
}

TEST_CASE("a file of no network is refused by its first tensor") {
  const TemporaryFolder folder;
  std::ofstream(folder / "net", std::ios::binary)
      << npz_bytes({{"encoder_U", {2, 2}, {1, 2, 3, 4}}});
  CHECK(contains(
      thrown_message(ErrorCode::format,
                     [&] { convnet_from_tensors(TensorFile(folder / "net"), Device::ref); }),
      "weights of no network that is known; its first tensor is \"encoder_U\""));
}

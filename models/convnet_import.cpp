#include "models/convnet_import.h"

#include <string>
#include <vector>

#include "nn/base/error.h"

namespace p2s {
namespace {

std::vector<double> numbers(const TorchWeights& weights, const std::string& name,
                            const std::vector<int64_t>& shape) {
  check(weights.shape(name) == shape, ErrorCode::format,
        "{}: {} is [{}], EfficientNet-Lite0 needs [{}]", weights.path().string(), name,
        fmt::join(weights.shape(name), ","), fmt::join(shape, ","));
  return weights.values(name);
}

void read_row(const TorchWeights& weights, const std::string& name, const Var& to) {
  const std::vector<double> values = numbers(weights, name, {to.shape()[0]});
  const std::vector<real> narrow(values.begin(), values.end());
  to.value.copy_from(Tensor(to.shape(), to.value.device(), narrow));
}

void read_weight(const TorchWeights& weights, const std::string& name, const ConvNet::Conv& conv) {
  const Shape& shape = conv.weight.shape();
  const int64_t filters = shape[0], places = shape[1] * shape[2], channels = shape[3];
  const std::vector<int64_t> stored = conv.dense
                                          ? std::vector<int64_t>{filters, places * channels}
                                          : std::vector{filters, channels, shape[1], shape[2]};
  const std::vector<double> values = numbers(weights, name, stored);
  std::vector<real> ours(values.size());
  for (int64_t k = 0, i = 0; k < filters; ++k) {
    for (int64_t place = 0; place < places; ++place) {
      for (int64_t c = 0; c < channels; ++c, ++i) {
        ours[size_t(i)] = real(values[size_t((k * channels + c) * places + place)]);
      }
    }
  }
  conv.weight.value.copy_from(Tensor(shape, conv.weight.value.device(), ours));
}

struct Names {
  std::string conv, norm;
};

// By the package efficientnet-lite-pytorch: "block3.conv1" is "_blocks.3._depthwise_conv".
Names names_in_package(const std::string& path) {
  if (path == "stem") return {"_conv_stem", "_bn0"};
  if (path == "head") return {"_conv_head", "_bn1"};
  if (path == "classifier") return {"_fc", ""};
  const size_t dot = path.find('.');
  const std::string block = path.substr(5, dot - 5), prefix = "_blocks." + block + ".";
  // The first block expands nothing.
  const int place = (path.back() - '0') + (block == "0" ? 1 : 0);
  constexpr const char* kConvs[] = {"_expand_conv", "_depthwise_conv", "_project_conv"};
  return {prefix + kConvs[place], prefix + "_bn" + std::to_string(place)};
}

}  // namespace

ConvNet convnet_from_torch(const TorchWeights& weights, Device device) {
  ConvNet convnet(*find_convnet_architecture("efficientnet-lite0"), device, {true, true});
  convnet.for_each_conv([&](const std::string& path, ConvNet::Conv& conv) {
    const Names names = names_in_package(path);
    read_weight(weights, names.conv + ".weight", conv);
    if (!conv.has_norm()) return read_row(weights, names.conv + ".bias", conv.bias);
    read_row(weights, names.norm + ".weight", conv.norm.gain);
    read_row(weights, names.norm + ".bias", conv.norm.bias);
    read_row(weights, names.norm + ".running_mean", conv.norm.mean);
    read_row(weights, names.norm + ".running_var", conv.norm.variance);
  });
  return convnet;
}

void import_convnet(const std::filesystem::path& pth, const std::filesystem::path& out) {
  ConvNet convnet = convnet_from_torch(TorchWeights(pth), Device::ref);
  ModelFileWriter file(out);
  write_convnet(file, convnet, Storing::f32);
  file.finish();
}

}  // namespace p2s

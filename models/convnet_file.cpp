#include <array>

#include "models/convnet.h"
#include "nn/base/error.h"

namespace p2s {
namespace {

constexpr const char* kGroup = "convnet";
// [2,3]: mean and deviation of R, G, B; absent: what the architecture has.
constexpr const char* kPixels = "convnet/pixels";

PixelScale read_pixels(const ModelFileReader& file) {
  const std::vector<real> numbers = file.tensor(kPixels, Device::ref).to_host();
  check(numbers.size() == 6, ErrorCode::format, "{}: {} holds {} numbers, 6 are needed",
        file.path().string(), kPixels, numbers.size());
  PixelScale pixels;
  for (size_t c = 0; c < 3; ++c) {
    pixels.mean[c] = double(numbers[c]), pixels.deviation[c] = double(numbers[c + 3]);
  }
  return pixels;
}

}  // namespace

void write_convnet(ModelFileWriter& file, ConvNet& convnet, Storing storing) {
  check(!convnet.packed(), ErrorCode::internal, "{}: packed weights are not for writing",
        convnet.name());
  file.attribute(kGroup, convnet.name());
  write_parameters(file, kGroup, parameters_of(convnet), storing);
  const PixelScale& pixels = convnet.pixels();
  if (pixels == find_convnet_architecture(convnet.name())->pixels) return;
  std::vector<real> numbers;
  for (const auto& row : {pixels.mean, pixels.deviation}) {
    for (const double number : row) numbers.push_back(real(number));
  }
  file.tensor(kPixels, Tensor({2, 3}, Device::ref, numbers));
}

bool has_own_convnet(const ModelFileReader& file) { return file.has_attribute(kGroup); }

ConvNet read_trainable_convnet(const ModelFileReader& file, Device device) {
  check(has_own_convnet(file), ErrorCode::format,
        "{}: holds no convnet; give a file written by p2s-train import-cnn", file.path().string());
  const std::string kind = file.attribute(kGroup);
  const ConvNetArchitecture* architecture = find_convnet_architecture(kind);
  check(architecture != nullptr, ErrorCode::format, "{}: holds the convnet \"{}\"; known are {}",
        file.path().string(), kind, convnet_names());
  const auto holds = [&](const std::string& conv, const char* part) {
    return file.has(fmt::format("{}/{}.{}", kGroup, conv, part));
  };
  const std::string last = architecture->stages.back().name;
  ConvNet convnet(*architecture, device, {architecture->batch_norm, holds(last, "weight")});
  // What is stored without a batch norm had it folded.
  convnet.for_each_conv([&](const std::string& path, ConvNet::Conv& conv) {
    if (!conv.has_norm() || holds(path, "norm.gain")) return;
    conv.bias = Var(Tensor(conv.norm.gain.shape(), device));
    conv.norm = {};
  });
  if (file.has(kPixels)) convnet.set_pixels(read_pixels(file));
  read_parameters(file, kGroup, parameters_of(convnet));
  return convnet;
}

ConvNet read_convnet(const ModelFileReader& file, Device device) {
  ConvNet convnet = read_trainable_convnet(file, device);
  convnet.fold();
  return convnet;
}

}  // namespace p2s

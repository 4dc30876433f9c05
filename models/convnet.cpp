#include "models/convnet.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/convnet_builder.h"
#include "nn/base/error.h"
#include "nn/base/parallel.h"
#include "nn/init.h"

namespace p2s {
namespace {

Var activate(Tape& tape, Activation activation, const Var& x) {
  if (activation == Activation::none) return x;
  return unary(tape, activation == Activation::relu ? Unary::relu : Unary::relu6, x);
}

// The convolution whose kernel is the whole image, as one matrix product.
Var dense(Tape& tape, const ConvNet::Conv& conv, const Var& x) {
  const int64_t images = x.shape()[0], filters = conv.weight.shape()[0];
  const int64_t numbers = conv.weight.shape().elements() / filters;
  const Var flat = reshape(tape, x, {images, numbers});
  const Var weight = reshape(tape, conv.weight, {filters, numbers});
  const Var y = add(tape, matmul(tape, flat, weight, Transpose::b), conv.bias);
  return reshape(tape, activate(tape, conv.options.activation, y), {images, 1, 1, filters});
}

// Images of this height and width that a layer computes side by side where nothing is learned: on
// the CPU so many that its largest output stays in the cache between two convolutions (measured
// with EfficientNet-Lite0, 32 images, AVX2: a fifth faster than all at once).
int64_t images_side_by_side(const ConvNet::Layer& layer, int64_t height, int64_t width) {
  constexpr int64_t kCached = (4 << 20) / int64_t(sizeof(real));
  int64_t largest = 1;
  for (const ConvNet::Conv& conv : layer.convs) {
    height = (height + conv.options.stride - 1) / conv.options.stride;
    width = (width + conv.options.stride - 1) / conv.options.stride;
    largest = std::max(largest, height * width * conv.weight.shape()[0]);
  }
  return std::max(int64_t(threads()), kCached / largest);
}

}  // namespace

ConvNet::ConvNet(const ConvNetArchitecture& architecture, Device device, Parts parts)
    : name_(architecture.name),
      input_(architecture.input),
      epsilon_(architecture.epsilon),
      momentum_(architecture.momentum),
      pixels_(architecture.pixels) {
  ConvNetBuilder builder(architecture, device, parts.batch_norm);
  for (const ConvNetStage& stage : architecture.stages) {
    for (int64_t i = 0; i < stage.repeats; ++i) {
      layers_.push_back(builder.layer(stage, i));
      if (layers_.back().name != architecture.features) continue;
      features_layer_ = layers_.size() - 1;
      if (!parts.classifier) return;
    }
  }
}

ConvNet::ConvNet(const ConvNetArchitecture& architecture, Device device, Rng& rng)
    : ConvNet(architecture, device, Parts{architecture.batch_norm, true}) {
  for_each_conv([&](const std::string&, Conv& conv) {
    conv.weight = Var(he(conv.weight.shape(), device, rng).value);
    if (!conv.has_norm()) return conv.bias.value.fill(0);
    for (const Var& zero : {conv.norm.bias, conv.norm.mean}) zero.value.fill(0);
    for (const Var& one : {conv.norm.gain, conv.norm.variance}) one.value.fill(1);
  });
}

int64_t ConvNet::features() const { return layers_[features_layer_].shape[3]; }

Device ConvNet::device() const { return layers_[0].convs[0].weight.value.device(); }

std::vector<std::string> ConvNet::layers() const {
  std::vector<std::string> names;
  for (const Layer& layer : layers_) names.push_back(layer.name);
  return names;
}

size_t ConvNet::layer_index(const std::string& name) const {
  for (size_t i = 0; i < layers_.size(); ++i) {
    if (layers_[i].name == name) return i;
  }
  fail(ErrorCode::usage, "{} has no layer \"{}\"; it has: {}", name_, name,
       fmt::join(layers(), ", "));
}

Shape ConvNet::layer_shape(const std::string& name) const {
  return layers_[layer_index(name)].shape;
}

Var ConvNet::layer(Tape& tape, const Var& images, const std::string& name) const {
  return run(tape, images, 0, layer_index(name) + 1);
}

Var ConvNet::features(Tape& tape, const Var& x, size_t from) const {
  const Var y = run(tape, x, from, features_layer_ + 1);
  return reshape(tape, y, {x.shape()[0], features()});
}

Var ConvNet::run(Tape& tape, const Var& x, size_t from, size_t to) const {
  const Shape needed = from == 0 ? Shape({1, input_, input_, 3}) : layers_[from - 1].shape;
  check(x.shape().rank() == 4 && x.shape().with(0, 1) == needed, ErrorCode::shape,
        "convnet: {} are {}, [N,{},{},{}] is needed", from == 0 ? "images" : "inputs",
        x.shape().text(), needed[1], needed[2], needed[3]);
  Var y = from == 0 ? scale_pixels(tape, x) : x;
  for (size_t i = from; i < to; ++i) y = apply_in_parts(tape, layers_[i], y);
  return y;
}

Var ConvNet::apply_in_parts(Tape& tape, const Layer& layer, const Var& x) const {
  const int64_t images = x.shape()[0];
  const int64_t most = images_side_by_side(layer, x.shape()[1], x.shape()[2]);
  const bool learns = x.wants_grad() || layer.convs.empty() || layer.convs[0].weight.wants_grad();
  if (tape.device() != Device::cpu || learns || most >= images) return apply(tape, layer, x);
  std::vector<Var> parts;
  for (int64_t begin = 0; begin < images; begin += most) {
    const int64_t end = std::min(images, begin + most);
    parts.push_back(apply(tape, layer, Var(x.value.rows(begin, end))));
  }
  return concat(tape, parts, 0);
}

Var ConvNet::apply(Tape& tape, const Layer& layer, const Var& x) const {
  if (layer.convs.empty()) {
    return layer.average ? average_pool(tape, x, layer.pool) : max_pool(tape, x, layer.pool);
  }
  Var shortcut;
  if (layer.residual) {
    shortcut = layer.shortcut.empty() ? x : apply(tape, layer.shortcut[0], x);
  }
  Var y = layer.dropout > 0 ? dropout(tape, x, layer.dropout) : x;
  for (const Conv& conv : layer.convs) {
    y = apply(tape, conv, y, &conv == &layer.convs.back() ? shortcut : Var());
  }
  return y;
}

Var ConvNet::apply(Tape& tape, const Conv& conv, const Var& x, const Var& residual) const {
  if (conv.dense) return dense(tape, conv, x);
  if (!conv.has_norm()) return conv2d(tape, x, conv.weight, conv.bias, conv.options, residual);
  ConvOptions linear = conv.options;
  linear.activation = Activation::none;
  Var y = conv2d(tape, x, conv.weight, {}, linear);
  y = batch_norm(tape, y, conv.norm.gain, conv.norm.bias,
                 {conv.norm.mean.value, conv.norm.variance.value}, real(epsilon_), real(momentum_));
  if (residual.value.defined()) y = add(tape, y, residual);
  return activate(tape, conv.options.activation, y);
}

// From (v - 127) / 128 to (v - mean) / deviation.
Var ConvNet::scale_pixels(Tape& tape, const Var& images) const {
  constexpr PixelScale kGiven;
  if (pixels_ == kGiven) return images;
  std::vector<real> scale, shift;
  for (size_t c = 0; c < 3; ++c) {
    scale.push_back(real(kGiven.deviation[c] / pixels_.deviation[c]));
    shift.push_back(real((kGiven.mean[c] - pixels_.mean[c]) / pixels_.deviation[c]));
  }
  const Var scaled = multiply(tape, images, Tensor({3}, tape.device(), scale));
  return add(tape, scaled, Tensor({3}, tape.device(), shift));
}

void ConvNet::train_from(const std::string& layer, bool frozen_batch_norm) {
  const size_t from = layer_index(layer);
  fold(0, frozen_batch_norm ? layers_.size() : from);
  const bool norms = find_convnet_architecture(name_)->batch_norm && !frozen_batch_norm;
  for (size_t i = from; i < layers_.size(); ++i) {
    Layer& trained = layers_[i];
    for (auto* convs : {&trained.convs, &trained.shortcut}) {
      for (Conv& conv : *convs) {
        check(conv.has_norm() || !norms || conv.dense, ErrorCode::usage,
              "{}: the batch norms of {} are folded, so they cannot be trained: freeze them, or "
              "import the weights again",
              name_, trained.name);
        conv.weight = parameter(conv.weight.value);
        if (conv.has_norm()) {
          conv.norm.gain = parameter(conv.norm.gain.value);
          conv.norm.bias = parameter(conv.norm.bias.value);
        } else {
          conv.bias = parameter(conv.bias.value);
        }
      }
    }
  }
}

std::vector<NamedParameter> ConvNet::trained(const std::string& prefix) {
  std::vector<NamedParameter> all = parameters_of(*this, prefix);
  std::erase_if(all, [](const NamedParameter& p) { return !p.var.wants_grad(); });
  return all;
}

void ConvNet::fold(size_t from, size_t to) {
  for (size_t i = from; i < to; ++i) {
    for (Conv& conv : layers_[i].convs) fold(conv);
    for (Conv& conv : layers_[i].shortcut) fold(conv);
  }
}

void ConvNet::fold(Conv& conv) const {
  if (!conv.has_norm()) return;
  const BatchNorm& norm = conv.norm;
  std::vector<real> weight = conv.weight.value.to_host(), bias = norm.bias.value.to_host();
  const std::vector<real> gain = norm.gain.value.to_host(), mean = norm.mean.value.to_host(),
                          variance = norm.variance.value.to_host();
  const size_t filters = bias.size(), each = weight.size() / filters;
  for (size_t k = 0; k < filters; ++k) {
    const double scale = double(gain[k]) / std::sqrt(double(variance[k]) + epsilon_);
    bias[k] = real(double(bias[k]) - double(mean[k]) * scale);
    for (size_t i = k * each; i < (k + 1) * each; ++i) weight[i] = real(double(weight[i]) * scale);
  }
  const Device device = conv.weight.value.device();
  conv.weight = Var(Tensor(conv.weight.shape(), device, weight));
  conv.bias = Var(Tensor({int64_t(filters)}, device, bias));
  conv.norm = {};
}

}  // namespace p2s

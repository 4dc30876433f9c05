#include "models/convnet.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/convnet_bands.h"
#include "models/convnet_builder.h"
#include "nn/base/error.h"
#include "nn/base/parallel.h"
#include "nn/init.h"
#include "nn/ops/fused_activation.h"

namespace p2s {
namespace {

// The convolution whose kernel is the whole image, as one matrix product.
Var dense(Tape& tape, const ConvNet::Conv& conv, const Var& x) {
  const int64_t images = x.shape()[0], filters = conv.weight.shape()[0];
  const int64_t numbers = conv.weight.shape().elements() / filters;
  const Var flat = reshape(tape, x, {images, numbers});
  const Var weight = reshape(tape, conv.weight, {filters, numbers});
  const Var y = add(tape, matmul(tape, flat, weight, Transpose::b), conv.bias);
  return reshape(tape, activate(tape, conv.options.activation, y), {images, 1, 1, filters});
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

Device ConvNet::device() const {
  const Conv& first = layers_[0].convs[0];
  return (first.has_norm() ? first.norm.gain : first.bias).value.device();
}

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
        "convnet: {} are {}, [N,{},{},{}] is needed", from == 0 ? "images" : "inputs", x.shape(),
        needed[1], needed[2], needed[3]);
  Var y = from == 0 ? scale_pixels(tape, x) : x;
  const size_t apart = std::min(to, packed() ? end_of_large_maps() : 0);
  const int64_t images = x.shape()[0], together = threads();
  if (tape.device() == Device::cpu && apart > from && images > together) {
    std::vector<Var> parts;
    for (int64_t begin = 0; begin < images; begin += together) {
      const int64_t end = std::min(images, begin + together);
      parts.push_back(apply(tape, Var(y.value.rows(begin, end)), from, apart));
    }
    y = concat(tape, parts, 0);
    from = apart;
  }
  return apply(tape, y, from, to);
}

Var ConvNet::apply(Tape& tape, const Var& x, size_t from, size_t to) const {
  Var y = x;
  for (size_t i = from; i < to; ++i) y = apply(tape, layers_[i], y);
  return y;
}

size_t ConvNet::end_of_large_maps() const {
  constexpr int64_t kLarge = 100000;
  size_t end = 0;
  for (size_t i = 0; i < layers_.size(); ++i) {
    const Shape& shape = layers_[i].shape;
    int64_t channels = shape[3], filters = 0;
    for (const Conv& conv : layers_[i].convs) {
      const Shape& weight = conv.packed ? conv.packed->shape() : conv.weight.shape();
      channels = std::max(channels, weight[0]);
      filters = std::max(filters, weight.elements());
    }
    if (shape[1] * shape[2] * channels > std::max(kLarge, filters)) end = i + 1;
  }
  return end;
}

Var ConvNet::apply(Tape& tape, const Layer& layer, const Var& x) const {
  if (layer.convs.empty()) {
    return layer.average ? average_pool(tape, x, layer.pool) : max_pool(tape, x, layer.pool);
  }
  if (packed() && tape.device() == Device::cpu) {
    const int64_t rows = band_rows(layer, x.shape());
    if (rows > 0) return run_in_bands(layer, x.value, rows);
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
  if (conv.packed) return conv2d(tape, x, *conv.packed, conv.bias, conv.options, residual);
  if (!conv.has_norm()) return conv2d(tape, x, conv.weight, conv.bias, conv.options, residual);
  ConvOptions linear = conv.options;
  linear.activation = Activation::none;
  return batch_norm(tape, conv2d(tape, x, conv.weight, {}, linear), conv.norm.gain, conv.norm.bias,
                    {conv.norm.mean.value, conv.norm.variance.value},
                    {real(epsilon_), real(momentum_), conv.options.activation}, residual);
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

void ConvNet::pack() {
  fold();
  for_each_conv([](const std::string&, Conv& conv) {
    if (conv.dense || conv.packed) return;
    conv.packed = std::make_shared<const PackedFilters>(conv.weight.value, conv.options.stride,
                                                        conv.options.groups);
    conv.weight = {};
  });
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

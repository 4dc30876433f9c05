#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/convnet_architectures.h"
#include "nn/base/rng.h"
#include "nn/checkpoint.h"
#include "nn/ops.h"

namespace p2s {

// One of convnet_architectures(), as a list of named layers, NHWC. Images [N,S,S,3] come as
// to_floats() makes them, (value - 127) / 128; what else the network wants of its pixels it does
// itself.
//
//   ConvNet net = read_convnet(file, device);              // for inference
//   net(tape, images);                                     // features [N, net.features()]
//   net.layer(tape, images, "block10");                    // annotation vectors [N,14,14,112]
//
//   ConvNet net = read_trainable_convnet(file, device);    // fine-tuning its end
//   net.train_from("block12", true);
//   Optimizer optimizer(net.trained(), ...);
//   const size_t from = net.layer_index("block12");
//   const Var below = net.run(inference, images, 0, from);  // the same in every epoch
//   net.features(tape, below.value, from);
class ConvNet {
 public:
  // Statistics [K] are parameters without gradient, so that files hold them.
  struct BatchNorm {
    Var gain, bias, mean, variance;
    template <class F>
    void visit(F&& f) {
      f("gain", gain), f("bias", bias), f("mean", mean), f("variance", variance);
    }
  };
  // Convolution, then batch norm or bias, then what came in before (in a block's last one), then
  // activation. A batch norm that was folded is a bias.
  struct Conv {
    Var weight, bias;  // [K,R,S,C/groups], [K]
    BatchNorm norm;
    ConvOptions options;
    std::shared_ptr<const PackedFilters> packed;  // then there is no weight
    bool dense = false;                           // the kernel covers the whole image
    bool has_norm() const { return norm.gain.value.defined(); }
    template <class F>
    void visit(F&& f) {
      f("weight", weight);
      if (has_norm()) {
        f("norm", norm);
      } else {
        f("bias", bias);
      }
    }
  };
  struct Layer {
    std::string name;
    std::vector<Conv> convs;     // none: a pool
    std::vector<Conv> shortcut;  // at most one: on what came in, where its shape changes
    bool residual = false;
    bool average = false;  // the kind of pool
    PoolOptions pool;
    real dropout = 0;
    Shape shape;  // of one image's output: [1,H,W,C]
    template <class F>
    void visit(F&& f) {
      if (convs.size() == 1) return convs[0].visit(f);
      for (size_t i = 0; i < convs.size(); ++i) f("conv" + std::to_string(i), convs[i]);
      for (Conv& conv : shortcut) f("shortcut", conv);
    }
  };

  ConvNet() = default;
  // With batch norms and classifier, He's initial weights (He et al. 2015) and gains of 1.
  ConvNet(const ConvNetArchitecture&, Device, Rng&);
  // Of this structure, its numbers left to be filled in; the batch norms folded, unless wanted.
  struct Parts {
    bool batch_norm = false, classifier = false;
  };
  ConvNet(const ConvNetArchitecture&, Device, Parts);

  bool packed() const { return layers_[0].convs[0].packed != nullptr; }
  const std::string& name() const { return name_; }
  int64_t input() const { return input_; }  // S
  int64_t features() const;                 // numbers in the vector of an image
  size_t features_layer() const { return features_layer_; }
  bool has_classifier() const { return layers_.size() > features_layer_ + 1; }
  void drop_classifier() { layers_.resize(features_layer_ + 1); }
  Device device() const;
  const PixelScale& pixels() const { return pixels_; }
  void set_pixels(const PixelScale& pixels) { pixels_ = pixels; }

  std::vector<std::string> layers() const;
  // Error(usage) that lists the layers.
  size_t layer_index(const std::string& name) const;
  Shape layer_shape(const std::string& name) const;  // [1,H,W,C]: of one image

  // For inference only from here on, and not for writing: folds, packs the filters of all
  // convolutions but dense ones, and gives their weights back.
  void pack();

  // The vector of each image: [N,F].
  Var operator()(Tape& tape, const Var& images) const { return features(tape, images, 0); }
  // What a layer makes of images: [N,H,W,C]; of the last one, logits [N,1,1,1000].
  Var layer(Tape&, const Var& images, const std::string& name) const;
  // Layers [from, to) on what the layer before `from` made, or on images.
  Var run(Tape&, const Var& x, size_t from, size_t to) const;
  // From what the layer before `from` made to the vectors.
  Var features(Tape&, const Var& x, size_t from) const;

  // Lets the layers from this one on be trained; those before are left as they are. Batch norms
  // that are not to be trained are folded: all before the layer, and all if `frozen_batch_norm`.
  // The others normalise by the batch in training and move their statistics. Error(usage) for a
  // network whose norms were folded earlier, unless they are frozen anyway.
  void train_from(const std::string& layer, bool frozen_batch_norm);
  // The parameters of train_from().
  std::vector<NamedParameter> trained(const std::string& prefix = "");
  // Takes the batch norms into the convolutions before them: w g / sqrt(var + eps) and
  // b - mean g / sqrt(var + eps).
  void fold() { fold(0, layers_.size()); }
  void fold(size_t from, size_t to);

  // f(path of the convolution, it): "block3.conv0", "stem".
  template <class F>
  void for_each_conv(F&& f) {
    for (Layer& layer : layers_) {
      const std::string dot = layer.convs.size() == 1 ? "" : ".";
      for (size_t i = 0; i < layer.convs.size(); ++i) {
        const std::string number = dot.empty() ? "" : "conv" + std::to_string(i);
        f(layer.name + dot + number, layer.convs[i]);
      }
      for (Conv& conv : layer.shortcut) f(layer.name + ".shortcut", conv);
    }
  }

  template <class F>
  void visit(F&& f) {
    for (Layer& layer : layers_) f(layer.name, layer);
  }

 private:
  Var apply(Tape&, const Conv&, const Var& x, const Var& residual = {}) const;
  Var apply(Tape&, const Layer&, const Var& x) const;
  Var apply(Tape&, const Var& x, size_t from, size_t to) const;
  // Layers before this one, in inference on the CPU, compute so many images side by side as there
  // are threads: their maps stay in the cache between two convolutions (EfficientNet-Lite0, 16
  // images: 55 to 60 ms instead of 68). Later ones have more filters than map to keep there.
  size_t end_of_large_maps() const;
  Var scale_pixels(Tape&, const Var& images) const;
  void fold(Conv&) const;

  std::string name_;
  int64_t input_ = 0;
  double epsilon_ = 0, momentum_ = 0;
  PixelScale pixels_;
  size_t features_layer_ = 0;
  std::vector<Layer> layers_;
};

// The convnet in a model file: group "convnet", attribute "convnet" = its name; batch norms and
// classifier as they are.
void write_convnet(ModelFileWriter&, ConvNet&, Storing);
// Whether there is one: fine-tuned with the embedding or captioner of the file, or a pack's.
bool has_own_convnet(const ModelFileReader&);
// With batch norms folded. Error(format) if there is none, or of an unknown name.
ConvNet read_convnet(const ModelFileReader&, Device);
// As it was stored.
ConvNet read_trainable_convnet(const ModelFileReader&, Device);

}  // namespace p2s

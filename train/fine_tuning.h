#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "features/layer_inputs.h"
#include "models/convnet.h"
#include "nn/base/command_line.h"
#include "train/loop.h"

namespace p2s {

// How a convnet is trained together with what reads its features.
struct FineTuning {
  std::string layer;   // the first that is trained; empty: none
  double rate = 1e-4;  // its learning rate at first; it goes like that of all
  bool frozen_batch_norm = false;
  bool augment = false;  // photographs cropped, mirrored and coloured at random (data/augment.h)
  int64_t views = 4;     // so many of each photograph, drawn once; 0: another one at every step
  bool wanted() const { return !layer.empty(); }
};
void add_fine_tuning_flags(CommandLine& line, FineTuning& options);
// Error(usage) where they contradict each other, or --lr.
void require_sense(const FineTuning& options, double rate);
// Error(usage) unless there are either photographs with captions or features to train from; a
// convnet that is trained needs photographs.
void require_one_source(const std::vector<std::filesystem::path>& coco,
                        const std::vector<std::filesystem::path>& features,
                        const FineTuning& options);

// A convnet whose layers from options.layer on are trained on photographs. What the layers below
// make of a view is the same throughout, so it is computed once and kept (KeptLayerInputs): a step
// costs the trained layers only. Which view a step takes is a function of the seed, the step and
// the place of the photograph.
class FineTunedConvNet {
 public:
  // What is read is the output of layer `read`, the pooled features if it is empty. `held_out` are
  // validated on, as they are. Error(usage) names a layer that the network lacks, or one to train
  // that comes after the one read.
  FineTunedConvNet(const ConvNet& convnet, const FineTuning& options, const std::string& read,
                   const std::vector<std::filesystem::path>& photographs,
                   const std::vector<std::filesystem::path>& held_out, uint64_t seed);

  ConvNet& convnet() { return convnet_; }
  // Adds to a run what is trained, "convnet.block15.conv0.weight", at options.rate where the run
  // has `rate`; and what changes without a gradient: the statistics of batch norms.
  void join(Training& training, double rate);

  // What the layer that is read makes of the photographs at these places, [N,H,W,C], each in one of
  // its views; [N,1,1,F] for pooled features.
  Var outputs(Tape& tape, const std::vector<int64_t>& places, int64_t step) const;
  // Of those held out.
  Tensor held_out_outputs(const std::vector<int64_t>& places) const;

 private:
  ConvNet convnet_;
  FineTuning options_;
  std::vector<std::filesystem::path> photographs_;
  uint64_t seed_;
  size_t from_;  // layers that stay as they are
  size_t to_;    // and with those that are trained
  KeptLayerInputs views_, held_out_;
};

}  // namespace p2s

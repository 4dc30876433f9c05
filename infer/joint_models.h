#pragma once

#include <filesystem>

#include "features/joint_space.h"
#include "models/convnet.h"
#include "nn/base/command_line.h"

namespace p2s {

// What photographs and sentences are compared with: an embedding, and the convnet whose features
// it reads.
struct JointModels {
  JointSpace space;
  ConvNet convnet;
};

// The files they come from, as flags: --vse FILE and --convnet FILE each stand for the pack's
// part; --pack FILE, or the default pack.
struct JointModelFiles {
  std::filesystem::path vse, convnet, pack;
};
void add_joint_model_flags(CommandLine& line, JointModelFiles& files);

// Error(usage) where the embedding reads other features than the convnet makes, or a pack holds no
// text side.
JointModels read_joint_models(const JointModelFiles& files, Device device);

}  // namespace p2s

#include "train/import_cnn.h"

#include <spdlog/spdlog.h>

#include "models/convnet_import.h"
#include "nn/base/command_line.h"
#include "nn/base/error.h"

namespace p2s {

void import_cnn_command(const std::vector<std::string>& arguments, std::ostream& out) {
  std::filesystem::path weights, file;
  std::string architecture;
  CommandLine line("p2s-train import-cnn",
                   "Reads a convnet's weights from other programs' files: torchvision, timm, "
                   "Keras.\nNo code in them is run.",
                   "  p2s-train import-cnn efficientnet_lite0.pth --out lite0.h5\n"
                   "  p2s-train import-cnn vgg19_weights_tf_dim_ordering_tf_kernels.h5 --out "
                   "vgg19.h5\n"
                   "  p2s-train import-cnn model.safetensors --architecture resnet-50 --out "
                   "resnet50.h5\n");
  line.positional("weights", weights, ".pth, .safetensors, .npz or Keras .h5 file");
  line.path("--out", file, "the convnet file to write");
  line.text("--architecture", architecture,
            fmt::format("instead of what names and shapes in the file tell: {}", convnet_names()));
  if (!line.parse(arguments, out)) return;
  check(!weights.empty() && !file.empty(), ErrorCode::usage,
        "give FILE and --out; see p2s-train import-cnn --help");
  const std::string name = import_convnet(weights, file, architecture);
  spdlog::info("{}: {}, written", file.string(), name);
}

}  // namespace p2s

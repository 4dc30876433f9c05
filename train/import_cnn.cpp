#include "train/import_cnn.h"

#include <spdlog/spdlog.h>

#include "models/convnet_import.h"
#include "nn/base/command_line.h"
#include "nn/base/error.h"

namespace p2s {

void import_cnn_command(const std::vector<std::string>& arguments, std::ostream& out) {
  std::filesystem::path weights, file;
  CommandLine line("p2s-train import-cnn",
                   "Reads EfficientNet-Lite0's weights (PyTorch; no code in the file is run).",
                   "  p2s-train import-cnn efficientnet_lite0.pth --out lite0.h5\n");
  line.positional("weights", weights, "the .pth file");
  line.path("--out", file, "the convnet file to write");
  if (!line.parse(arguments, out)) return;
  check(!weights.empty() && !file.empty(), ErrorCode::usage,
        "give FILE.pth and --out; see p2s-train import-cnn --help");
  import_convnet(weights, file);
  spdlog::info("{}: written", file.string());
}

}  // namespace p2s

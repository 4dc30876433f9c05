#include "train/cli.h"

#include <algorithm>
#include <array>

#include "nn/base/error.h"
#include "train/decoder_trainer.h"
#include "train/import_cnn.h"
#include "train/pack_builder.h"
#include "train/skip_thought_trainer.h"
#include "train/style_builder.h"
#include "train/vse_trainer.h"

namespace p2s {
namespace {

struct Command {
  const char* name;
  const char* summary;
  void (*run)(const std::vector<std::string>& arguments, std::ostream& out);
};

constexpr std::array kCommands = {
    Command{"import-cnn", "turn EfficientNet-Lite0 weights from PyTorch into a convnet file",
            import_cnn_command},
    Command{"skipthought", "train a sentence encoder on books", skip_thought_command},
    Command{"vse", "train the embedding in which photographs find captions", vse_command},
    Command{"decoder", "train the decoder that tells stories like books", decoder_command},
    Command{"style", "the mean vector of a genre's passages, or of captions", style_command},
    Command{"pack", "gather trained models into one file for p2s-generate", pack_command},
};

std::string overview() {
  std::string text =
      "Trains the models that stories are told with.\n\n"
      "Usage: p2s-train COMMAND [options]; p2s-train COMMAND --help says more\n\nCommands:\n";
  for (const Command& command : kCommands) {
    text += fmt::format("  {:<12} {}\n", command.name, command.summary);
  }
  return text;
}

}  // namespace

void run_p2s_train(const std::vector<std::string>& arguments, std::ostream& out) {
  const std::string name = arguments.empty() ? "" : arguments[0];
  if (name == "--help" || name == "-h" || name == "help") {
    out << overview();
    return;
  }
  const auto command = std::find_if(kCommands.begin(), kCommands.end(),
                                    [&](const Command& c) { return name == c.name; });
  std::vector<std::string> names;
  for (const Command& c : kCommands) names.emplace_back(c.name);
  check(command != kCommands.end(), ErrorCode::usage, "{}; commands: {}; see p2s-train --help",
        name.empty() ? "no command given" : "unknown command \"" + name + "\"",
        fmt::join(names, ", "));
  command->run({arguments.begin() + 1, arguments.end()}, out);
}

}  // namespace p2s

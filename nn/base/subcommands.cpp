#include "nn/base/subcommands.h"

#include <algorithm>

#include "nn/base/error.h"

namespace p2s {
namespace {

std::string overview(const std::string& program, const std::string& about,
                     std::span<const Subcommand> commands) {
  std::string text =
      fmt::format("{}\n\nUsage: {} COMMAND [options]; {} COMMAND --help says more\n\nCommands:\n",
                  about, program, program);
  for (const Subcommand& command : commands) {
    text += fmt::format("  {:<12} {}\n", command.name, command.summary);
  }
  return text;
}

}  // namespace

void run_subcommand(const std::string& program, const std::string& about,
                    std::span<const Subcommand> commands, const std::vector<std::string>& arguments,
                    std::ostream& out) {
  const std::string name = arguments.empty() ? "" : arguments[0];
  if (name == "--help" || name == "-h" || name == "help") {
    out << overview(program, about, commands);
    return;
  }
  const auto command = std::find_if(commands.begin(), commands.end(),
                                    [&](const Subcommand& c) { return name == c.name; });
  std::vector<std::string> names;
  for (const Subcommand& c : commands) names.emplace_back(c.name);
  check(command != commands.end(), ErrorCode::usage, "{}; commands: {}; see {} --help",
        name.empty() ? "no command given" : "unknown command \"" + name + "\"",
        fmt::join(names, ", "), program);
  command->run({arguments.begin() + 1, arguments.end()}, out);
}

}  // namespace p2s

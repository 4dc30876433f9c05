#pragma once

#include <ostream>
#include <span>
#include <string>
#include <vector>

namespace p2s {

// One verb of a program, as in `p2s-train vse`.
struct Subcommand {
  const char* name;
  const char* summary;
  void (*run)(const std::vector<std::string>& arguments, std::ostream& out);
};

// Runs the one that the first argument names with the rest. --help lists them on `out`;
// Error(usage) for another name or none.
void run_subcommand(const std::string& program, const std::string& about,
                    std::span<const Subcommand> commands, const std::vector<std::string>& arguments,
                    std::ostream& out);

}  // namespace p2s

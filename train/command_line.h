#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "train/run_options.h"

namespace p2s {

// The flags of one subcommand of p2s-train. Flags override --config's file, which overrides the
// values that the variables hold. All mistakes are Error(usage): an unknown flag or key, a value
// that is no number or out of range.
class CommandLine {
 public:
  CommandLine(const std::string& name, const std::string& summary, const std::string& examples);
  ~CommandLine();
  void whole(const std::string& flag, int64_t& value, int64_t low, int64_t high,
             const std::string& help);
  void number(const std::string& flag, double& value, double low, double high,
              const std::string& help);
  void text(const std::string& flag, std::string& value, const std::string& help);
  void choice(const std::string& flag, std::string& value, const std::vector<std::string>& choices,
              const std::string& help);
  void texts(const std::string& flag, std::vector<std::string>& values, const std::string& help);
  void path(const std::string& flag, std::filesystem::path& value, const std::string& help);
  void paths(const std::string& flag, std::vector<std::filesystem::path>& values,
             const std::string& help);
  void flag(const std::string& flag, bool& value, const std::string& help);
  // The options that all trainers share, and --config. A resumed run takes its run folder's
  // config.toml where no --config is given.
  void run_options(RunOptions& options);
  // A path without a flag.
  void positional(const std::string& name, std::filesystem::path& value, const std::string& help);

  // False when help was asked for: it is printed to `out`.
  bool parse(const std::vector<std::string>& arguments, std::ostream& out);

 private:
  bool parse_once(std::vector<std::string> arguments, std::ostream& out);
  void add_schedule(RunOptions& options);
  void add_reporting(RunOptions& options);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace p2s

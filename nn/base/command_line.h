#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace p2s {

// The flags of a program or of one of its subcommands. Each sets a variable, whose value is the
// default that --help shows. All mistakes are Error(usage), one line that names the flag: an
// unknown flag, a missing value, a value that is no number or out of range.
class CommandLine {
 public:
  // `program` as it is called ("p2s-train vse"); the examples are lines of shell.
  CommandLine(const std::string& program, const std::string& summary, const std::string& examples);
  ~CommandLine();

  void whole(const std::string& flag, int64_t& value, int64_t low, int64_t high,
             const std::string& help);
  void whole(const std::string& flag, int& value, int low, int high, const std::string& help);
  // From 0 up.
  void whole(const std::string& flag, uint64_t& value, const std::string& help);
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
  // `use` gets the text, and refuses it by Error(usage); `shown` is the default in --help.
  void read(const std::string& flag, const std::function<void(const std::string&)>& use,
            const std::string& shown, const std::string& help);
  // --threads, where 0 is all cores.
  void threads(int& value);
  // A value, or all remaining values, without a flag.
  void positional(const std::string& name, std::filesystem::path& value, const std::string& help);
  void positionals(const std::string& name, std::vector<std::filesystem::path>& values,
                   const std::string& help);

  void required(const std::string& flag);

  // --config FILE: a TOML file whose keys are the flags without dashes; flags override it. An
  // unknown key is a mistake.
  void config_file();
  // Neither read from the file nor part of settings().
  void not_configurable(const std::string& flag);

  // False when help was asked for: it is printed to `out`.
  bool parse(std::vector<std::string> arguments, std::ostream& out);
  bool given(const std::string& flag) const;
  // All that can stand in --config's file, as TOML.
  std::string settings() const;
  const std::string& program() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace p2s

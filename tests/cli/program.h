#pragma once

#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace p2s::test {

// What a program left behind.
struct Outcome {
  int status = 0;  // exit status, or 128 + n after signal n
  std::string out, err;
};

struct ProgramOptions {
  std::filesystem::path folder;               // where it runs; empty: here
  std::filesystem::path out;                  // stdout goes there; empty: into Outcome::out
  rlim_t largest_file = 0;                    // bytes that any file may grow to; 0: no limit
  std::vector<std::string> environment = {};  // "NAME=value", added to ours
};

// Runs a program of this build ("p2s-train") as a user would, without a terminal and without input.
Outcome run_program(const std::string& name, const std::vector<std::string>& arguments,
                    const ProgramOptions& options = {});

// Starts one, waits until `ready` says so (Error after five minutes), sends it `signal`, waits for
// its end.
Outcome run_program_until(const std::string& name, const std::vector<std::string>& arguments,
                          const std::function<bool()>& ready, int signal,
                          const ProgramOptions& options = {});

// Checks that the program failed with `status` and that its last line on stderr begins with its
// name and holds all `parts`.
void check_failure(const std::string& name, const Outcome& outcome, int status,
                   const std::vector<std::string>& parts);

// The same, and that this line is all it said.
void check_refusal(const std::string& name, const Outcome& outcome, int status,
                   const std::vector<std::string>& parts);

}  // namespace p2s::test

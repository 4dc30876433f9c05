#pragma once

#include "nn/base/command_line.h"
#include "train/run_options.h"

namespace p2s {

// The flags that all trainers share, and --config: flags override its file, which overrides the
// values that the variables hold.
void add_run_flags(CommandLine& line, RunOptions& options);

// Parses a trainer's flags and stores its whole configuration in `options`; a resumed run takes its
// run folder's config.toml where no --config is given. False when help was asked for.
bool parse_run(CommandLine& line, RunOptions& options, const std::vector<std::string>& arguments,
               std::ostream& out);

}  // namespace p2s

#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "infer/story.h"

namespace p2s {

// The flags that say how a story is told, shared by p2s-generate and p2s-eval; they set `story`.
void add_story_flags(CLI::App& app, StoryOptions& story);

// --threads, where 0 is all cores.
void add_threads_flag(CLI::App& app, int& threads);

// A number from low to high; never NaN or infinite.
CLI::Validator number_between(double low, double high);

// Parses arguments without the program's name. Returns the help text if it was asked for, else "".
// Error(usage) is one line that names the flag.
std::string parse_flags(CLI::App& app, const std::vector<std::string>& arguments);

}  // namespace p2s

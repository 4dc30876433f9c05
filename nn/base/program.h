#pragma once

#include <functional>

namespace p2s {

// A program's whole run, for its main: sends warnings to stderr, does the work, and says there in
// one line what went wrong ("p2s-train: ..."). Returns the exit status.
int run_program(const char* name, const std::function<void()>& work);

}  // namespace p2s

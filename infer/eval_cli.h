#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace p2s {

// p2s-eval with its arguments, the program's name left out. Figures and help go to `out`, progress
// and warnings to stderr. Throws Error.
void run_p2s_eval(const std::vector<std::string>& arguments, std::ostream& out);

}  // namespace p2s

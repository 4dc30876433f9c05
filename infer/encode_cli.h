#pragma once

#include <istream>
#include <ostream>
#include <string>
#include <vector>

namespace p2s {

// p2s-encode with its arguments, the program's name left out: the sentences of `in`, one a line, as
// vectors to `out`, or to the file that --out names. Throws Error.
void run_p2s_encode(const std::vector<std::string>& arguments, std::istream& in, std::ostream& out);

}  // namespace p2s

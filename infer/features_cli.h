#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace p2s {

// p2s-features with its arguments, the program's name left out: what a layer of a convnet makes of
// photographs, to the file that --out names. Throws Error.
void run_p2s_features(const std::vector<std::string>& arguments, std::ostream& out);

}  // namespace p2s

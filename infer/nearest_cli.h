#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace p2s {

// p2s-nearest with its arguments, the program's name left out. Without a command, flags with
// --coco among them search photographs. Results and help go to `out`. Throws Error.
void run_p2s_nearest(const std::vector<std::string>& arguments, std::ostream& out);

}  // namespace p2s

#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace p2s {

// p2s-train import
void import_published_command(const std::vector<std::string>& arguments, std::ostream& out);

}  // namespace p2s

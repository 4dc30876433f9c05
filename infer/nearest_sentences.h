#pragma once

#include <istream>
#include <ostream>
#include <string>
#include <vector>

namespace p2s {

// p2s-nearest sentences; queries that are no arguments are read from stdin, one a line.
void nearest_sentences_command(const std::vector<std::string>& arguments, std::ostream& out);

}  // namespace p2s

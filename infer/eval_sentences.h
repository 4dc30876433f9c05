#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace p2s {

// p2s-eval sentences
void eval_sentences_command(const std::vector<std::string>& arguments, std::ostream& out);

}  // namespace p2s

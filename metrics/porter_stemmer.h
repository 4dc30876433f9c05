#pragma once

#include <string>
#include <string_view>

namespace p2s {

// The stem of an English word in lower case: walking, walks and walked are walk (Porter 1980, "An
// algorithm for suffix stripping"). What is no word of ASCII letters is returned as it is.
std::string porter_stem(std::string_view word);

}  // namespace p2s

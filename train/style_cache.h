#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "models/style.h"

namespace p2s {

// Styles from `file` if it was written under the same key, else made anew and written there.
std::vector<Style> cached_styles(const std::filesystem::path& file, const std::string& key,
                                 const std::function<std::vector<Style>()>& make);

}  // namespace p2s

#pragma once

#include <map>
#include <string>
#include <string_view>

namespace p2s {

// The files of a zip archive as torch.save writes it (stored without compression, below 4 GB), by
// name. Error(format) names `file` and what is wrong.
std::map<std::string, std::string_view> zip_entries(std::string_view bytes,
                                                    const std::string& file);

}  // namespace p2s

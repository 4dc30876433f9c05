#pragma once

#include <filesystem>
#include <vector>

namespace p2s {

// Photographs as a person names them: files as they are, and for a folder its image files (JPEG,
// PNG, BMP, GIF by name) sorted by name, those of folders in it not among them. Error(io) names
// what is missing and a folder without any.
std::vector<std::filesystem::path> photo_files(const std::vector<std::filesystem::path>& given);

}  // namespace p2s

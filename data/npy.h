#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace p2s {

// Where the numbers of a .npy file of float32 or float64 with two axes in C order are (format 1.0
// to 3.0). Error(format) names the file and what it holds instead, or where it is cut short.
struct NpyLayout {
  int64_t rows = 0, columns = 0;
  size_t begin = 0;  // bytes before the numbers
  size_t width = 0;  // bytes a number, 4 or 8
};
NpyLayout npy_layout(std::span<const char> file, const std::string& name);

// A matrix of a .npy file of float32 or float64, in C order, of two axes (format 1.0 to 3.0).
// Error(io/format) names the file and what it holds instead, or where it is cut short.
struct NpyMatrix {
  int64_t rows = 0, columns = 0;
  std::vector<float> values;
};
NpyMatrix read_npy(const std::filesystem::path& path);

}  // namespace p2s

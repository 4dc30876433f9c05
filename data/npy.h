#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace p2s {

// Where the numbers of a .npy file of float32 or float64 in C order are (format 1.0 to 3.0). It has
// two axes, or up to `most_axes`. Error(format) names the file and what it holds instead, or where
// it is cut short.
struct NpyLayout {
  int64_t rows = 0, columns = 0;   // columns: numbers behind the first axis
  std::vector<int64_t> row_shape;  // the other axes
  size_t begin = 0;                // bytes before the numbers
  size_t width = 0;                // bytes a number, 4 or 8
};
NpyLayout npy_layout(std::span<const char> file, const std::string& name, size_t most_axes = 2);

// The numbers of such a file. Error(io/format) as above.
struct NpyMatrix {
  int64_t rows = 0, columns = 0;
  std::vector<int64_t> row_shape;
  std::vector<float> values;
};
NpyMatrix read_npy(const std::filesystem::path& path, size_t most_axes = 2);

}  // namespace p2s

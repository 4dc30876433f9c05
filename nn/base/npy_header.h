#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace p2s {

// What stands before the numbers of a NumPy .npy file (formats 1.0 to 3.0): a dictionary of Python,
// {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
struct NpyHeader {
  std::string type;  // '<f4': little endian, float, 4 bytes
  bool fortran_order = false;
  std::vector<int64_t> shape;
  size_t size = 0;  // bytes before the numbers
};

// Error(format) says what `name`, which begins with `file`, holds instead.
NpyHeader read_npy_header(std::string_view file, const std::string& name);

// What a file of float32 of this shape begins with (format 1.0, C order). Padded to at least
// `least` bytes, so that a header whose number of rows was not known yet can be written over.
std::string npy_header(const std::vector<int64_t>& shape, size_t least = 0);

}  // namespace p2s

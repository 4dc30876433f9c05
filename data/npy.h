#pragma once

#include <cstdint>
#include <string>

namespace p2s {

// What a NumPy .npy file of float32 [rows, columns] begins with (format 1.0, C order, little
// endian); rows * columns floats follow it.
std::string npy_header(int64_t rows, int64_t columns);

}  // namespace p2s

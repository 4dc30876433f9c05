#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "nn/base/real.h"
#include "nn/hdf5_handle.h"

// What writer and reader of model files share: the trailer and how tensors are stored.
namespace p2s::checkpoint {

constexpr uint64_t kVersion = 1;
constexpr size_t kTrailerSize = 32;

// "p2s-file", then version, content length and XXH3-64 of the content as little-endian 64-bit
// numbers.
std::array<char, kTrailerSize> make_trailer(std::span<const char> content);

// Throws Error(format) unless `file` is HDF5 content of this version followed by its trailer.
void check_trailer(const std::filesystem::path& path, std::span<const char> file);

// IEEE half precision as an HDF5 type; h5py reads it as float16.
Hdf5Handle half_type();

inline hid_t native_real() { return sizeof(real) == 8 ? H5T_NATIVE_DOUBLE : H5T_NATIVE_FLOAT; }

// The scales of an i8 tensor stand beside it under this name, one a row.
inline std::string scale_name(const std::string& tensor) { return tensor + "@scale"; }

}  // namespace p2s::checkpoint

#pragma once

#include <filesystem>

#include "models/tensor_file.h"

namespace p2s {

// The data sets of numbers in an HDF5 file, by path ("block1_conv1/block1_conv1/kernel:0"). Links
// to other files are not followed.
StoredTensors hdf5_tensors(const std::filesystem::path& path);

}  // namespace p2s

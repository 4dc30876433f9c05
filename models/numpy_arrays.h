#pragma once

#include <string>
#include <string_view>

#include "models/tensor_file.h"

namespace p2s {

// The array of an .npy file, as "array"; `file` is named in errors.
StoredTensors npy_tensors(std::string_view bytes, const std::string& file);

// Whether a zip archive is one of numpy.savez.
bool is_npz(std::string_view bytes, const std::string& file);
// Its arrays, by name. One whose numbers are of a type that is not read fails when it is asked for.
StoredTensors npz_tensors(std::string_view bytes, const std::string& file);

}  // namespace p2s

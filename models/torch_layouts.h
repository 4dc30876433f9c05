#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "models/torch_weights.h"

namespace p2s {

// The tensors that the bytes of a .pth file hold; `file` is named in errors.
std::map<std::string, TorchTensor> read_torch_file(std::string_view bytes, const std::string& file);

// Bytes a number of a storage type takes; 0 for types that are not read.
size_t torch_number_size(const std::string& type);

}  // namespace p2s

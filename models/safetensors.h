#pragma once

#include <map>
#include <string>
#include <string_view>

#include "models/mapped_tensor.h"

namespace p2s {

// Whether these bytes begin as a .safetensors file: the length of its JSON header in 8 bytes, then
// the header.
bool is_safetensors(std::string_view bytes);

// The tensors of a .safetensors file; `file` is named in errors. Header: {"name": {"dtype": "F32",
// "shape": [...], "data_offsets": [begin, end]}, ...}, offsets from the header's end;
// "__metadata__" is passed over.
std::map<std::string, MappedTensor> safetensors(std::string_view bytes, const std::string& file);

}  // namespace p2s

#pragma once

#include <map>
#include <string>
#include <string_view>

#include "models/mapped_tensor.h"

namespace p2s {

// The tensors that the bytes of a .pth file hold; `file` is named in errors.
std::map<std::string, MappedTensor> read_torch_file(std::string_view bytes,
                                                    const std::string& file);

}  // namespace p2s

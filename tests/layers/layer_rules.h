#pragma once

#include <string>
#include <vector>

// The layers of docs/architecture.md as a check over the text of one source file.
namespace p2s {

// One line a breach, as "path:line: what is wrong": an #include that climbs to a layer above or
// aside, an #include in quotes that does not start at the root, a CUDA header outside kernels/cuda,
// or P2S_CUDA tested outside kernels/device.cpp. `path` is relative to the root.
std::vector<std::string> layer_breaches(const std::string& path, const std::string& text);

}  // namespace p2s

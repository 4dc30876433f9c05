#pragma once

#include <filesystem>

namespace p2s {

// The pack to use where none is named: $P2S_PACK, else the first *.h5, by name, in packs/ beside
// `program` or in the folder above it, in ../share/p2s/packs (as installed), or in ./packs.
// Error(io) lists where it looked.
std::filesystem::path default_pack(const std::filesystem::path& program);

// The running program's own file.
std::filesystem::path this_program();

}  // namespace p2s
